// How many labels an image may have: the one choice that decides how a classifier learns, answers and is measured.

/// How many labels an image may have.
public enum LabelCount: String, Codable, CaseIterable, Hashable, Sendable {
    /// Exactly one: the classes exclude each other.
    case one
    /// Any number, also none: each label is a question of its own.
    case many
}
