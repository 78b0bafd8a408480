// The command `ocelot-serve`: the prediction service by itself, without libtorch.

import ArgumentParser
import CConfinement
import Dispatch
import Foundation
import Inference
import Models
import Service

@main
struct OcelotServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocelot-serve",
        abstract: "Answers questions about photos over HTTP, by models that 'ocelot train' made.",
        discussion: """
            curl --data-binary @photo.jpg http://127.0.0.1:8080/v1/models/NAME:predict

            Only this machine is listened to, unless there are tokens: 'ocelot token add --token-file FILE'.
            SIGTERM and Ctrl-C end the service in order: what it has begun it finishes. SIGHUP lets it look at once for newer \
            versions and changed tokens, which it does every two seconds anyway.
            """)

    @OptionGroup var options: ServeOptions

    static func main() async {
        if CommandLine.arguments.dropFirst() == [DecodeWorker.argument] { DecodeWorker.run() }
        // With one for each of its threads, the memory of a service that answers for days grows by what each keeps.
        cc_limit_arenas(2)
        do {
            var command = try parseAsRoot()
            // What is not the service is its help.
            if let service = command as? OcelotServe { try await service.run() } else { try command.run() }
        } catch {
            exit(withStatusOf: error)
        }
    }

    /// Says what is wrong and ends with the contract's status: 2 for what the caller can put right, 1 otherwise.
    private static func exit(withStatusOf error: any Error) -> Never {
        let isParser = String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
        let code = isParser ? exitCode(for: error).rawValue : 1
        let message = isParser ? fullMessage(for: error) : "Error: \(error)"
        if !message.isEmpty {
            (code == 0 ? FileHandle.standardOutput : .standardError).write(Data((message + "\n").utf8))
        }
        let isUsage = code == EX_USAGE || error is ServiceStartError || error is SigningKeyError
        Foundation.exit(isUsage ? 2 : status(of: error) ?? code)
    }

    /// What a model that cannot be opened or computed ends with; nil for every other error.
    private static func status(of error: any Error) -> Int32? {
        if case InferenceError.precision = error { return 5 }
        return switch error as? ModelPackageError {
        case nil: nil
        case .noSuchModel, .noSuchVersion, .badName, .exists: 2
        case .diskFull, .notWritable: 5
        case .notAPackage, .tooNew, .damagedManifest, .missingFile, .wrongSize, .wrongContents, .notListed, .invalid,
            .unsigned:
            4
        }
    }

    func run() async throws {
        let service = try await PredictionService(options.configuration(), log: options.makeLog())
        FileHandle.standardError.write(Data("Listening on \(service.address.absoluteString)\n".utf8))
        // Beside what follows, so that a signal that comes at once is not missed.
        if service.numbers.contains("float32") { Task { hintAtQuickerNumbers() } }
        let hangUps = DispatchSource.makeSignalSource(signal: SIGHUP)
        signal(SIGHUP, SIG_IGN)
        hangUps.setEventHandler { service.lookForChanges() }
        hangUps.resume()
        await untilToldToEnd()
        hangUps.cancel()
        let cut = await service.stop()
        if cut > 0 { throw ExitCode(1) }
    }
}

/// Says that there are quicker numbers, where the processor has them.
private func hintAtQuickerNumbers() {
    guard (try? InferencePrecision.bfloat16.check()) != nil else { return }
    let hint = """
        Hint: this processor computes about twice as quickly with --precision bfloat16, and up to three times with a model of 8-bit \
        integers. 'ocelot evaluate MODEL PHOTOS --precision bfloat16' and 'ocelot quantize MODEL PHOTOS' say how well a model does so.

        """
    FileHandle.standardError.write(Data(hint.utf8))
}

/// Returns when the process is told to end, by SIGTERM or Ctrl-C.
private func untilToldToEnd() async {
    await withCheckedContinuation { continuation in
        // Signals that come later end nothing twice.
        let once = Once(continuation)
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { once.resume() }
            source.resume()
            once.keep(source)
        }
    }
}

/// Resumes a continuation the first time.
///
/// `@unchecked Sendable`: its variables are used behind the lock only.
private final class Once: @unchecked Sendable {
    private let lock = NSLock()
    private var continuation: CheckedContinuation<Void, Never>?
    private var sources: [any DispatchSourceSignal] = []

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

    func keep(_ source: any DispatchSourceSignal) { lock.withLock { sources.append(source) } }

    func resume() {
        let continuation = lock.withLock {
            defer { self.continuation = nil }
            return self.continuation
        }
        continuation?.resume()
    }
}
