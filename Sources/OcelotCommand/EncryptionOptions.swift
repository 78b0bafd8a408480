import ArgumentParser
import Foundation

/// Whom a command that asks a service over https trusts.
struct EncryptionOptions: ParsableArguments {
    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp(
            "Certificates to trust, PEM, such as a service's own. (default: those of this machine)", valueName: "file"))
    var authorityFile: String?

    var authority: URL? { authorityFile.map { URL(filePath: $0) } }

    func validate() throws {
        guard let authorityFile, !FileManager.default.isReadableFile(atPath: authorityFile) else { return }
        throw ValidationError("--ca: \(authorityFile) is not there, or cannot be read.")
    }
}
