// The library that a user imports: `ImageClassifier`, and the values that it takes and gives.

@_exported public import Datasets
@_exported public import Evaluation
public import Foundation
@_exported public import Labels
@_exported public import Learning
@_exported public import Models

/// Facts about this library.
public enum Ocelot {
    /// The version of the library and the command.
    public static let version = programVersion
}
