// Which exit status an error ends the command with. The contract's numbers; scripts rely on them.

import Datasets
import Evaluation
import Foundation
import Imaging
import Inference
import Learning
import Models
import Networks
import Ocelot
import OcelotClient
import PhotoSources
import RunHistory
import Service
import Torch
import WeightFiles
import Workers

/// The statuses of the contract that an error can have.
enum ExitStatus: Int32 {
    case failed = 1
    case usage = 2
    case diverged = 3
    case badData = 4
    case resource = 5
    case interrupted = 130
}

/// Which status an error of one of the project's types ends with; 1 for all that say nothing.
func status(of error: any Error) -> ExitStatus {
    switch error {
    case is DatasetError, is ImagingError, is ImageFileError, is PhotoNotRead, is SomeImagesFailed, is WeightsError,
        is EvaluationError,
        is SuspectsError, is LearningCurveError, is SplitError:
        .badData
    case is RecipeProblem, is NetworkError, is TextureSamplesError, is AugmentationError: .usage
    case let error as TorchError where error.isOutOfMemory: .resource
    case InferenceError.precision: .resource
    case is CacheError, is MeasureCacheError, is FileNotWritten, is TableNotWritable: .resource
    case is TrainingDiverged: .diverged
    case TrainingError.interrupted: .interrupted
    case let error as OverlayError:
        switch error {
        case .unwritable: .resource
        case .notAFile: .badData
        case .badLabel, .unknownImage, .newClass: .usage
        }
    case let error as DatasetExportError:
        switch error {
        case .unwritable: .resource
        case .noFolderName, .severalLabels: .badData
        case .unknownFormat, .exists: .usage
        }
    case let error as WorkersError:
        switch error {
        case .environment, .different: .usage
        case .launch, .meeting, .lost, .ended: .resource
        }
    case let error as CheckpointError:
        switch error {
        case .none, .otherChoice: .usage
        case .damaged, .otherData, .otherNetwork: .badData
        case .unwritable, .noSpace: .resource
        }
    case let error as ModelPackageError:
        switch error {
        case .noSuchModel, .noSuchVersion, .badName, .exists: .usage
        case .diskFull, .notWritable: .resource
        case .notAPackage, .tooNew, .damagedManifest, .missingFile, .wrongSize, .wrongContents, .notListed, .invalid,
            .unsigned:
            .badData
        }
    case let error as QuantisationError:
        switch error {
        case .alreadyRounded: .usage
        case .tooFewPhotos, .nothingToMeasure: .badData
        case .worse: .failed
        }
    case is TokenNotRead, is UnknownClass: .usage
    case is LinkListFileError, is QueryFileError: .badData
    case let error as FetchError:
        switch error {
        case .folder, .full: .resource
        case .link, .table, .foreignTable, .foreignLine: .badData
        case .busy, .noNetwork: .failed
        case .stopped: .interrupted
        }
    case let error as RunHistoryError:
        switch error {
        case .nothingHere, .noSuchRun, .noSuchArtefact, .badName, .exists, .nothingToCompare: .usage
        case .notWritable, .diskFull, .busy: .resource
        case .damaged, .foreign, .tooNew: .badData
        case .other: .failed
        }
    case let error as WeightStoreError:
        switch error {
        case .unknown, .notPublished: .usage
        case .diskFull, .unwritable: .resource
        case .unreachable, .refused, .wrongContents, .tooLarge, .notInMirror: .failed
        }
    case is ServiceStartError, is SigningKeyError: .usage
    case is ServiceNotFound: .failed
    case let error as PredictionError:
        switch error {
        // What the caller asked for wrongly; everything else may succeed another time.
        case .refused(let status, _, _, _): [400, 401, 403, 404, 413, 415, 422].contains(status) ? .usage : .failed
        case .severalModels, .address, .unknownAnswer: .usage
        case .unreachable, .noModels: .failed
        }
    default: .failed
    }
}
