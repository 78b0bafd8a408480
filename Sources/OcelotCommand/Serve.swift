import ArgumentParser
import Foundation

/// `ocelot serve`: becomes `ocelot-serve`, which lies beside this program and links no libtorch.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answers questions about photos over HTTP.",
        discussion: """
            Takes what 'ocelot-serve' takes: MODEL… [--host 127.0.0.1] [--port 8080] [--token-file FILE] and more; \
            'ocelot serve --help' says what.

              ocelot serve flowers
              curl --data-binary @photo.jpg http://127.0.0.1:8080/v1/models/flowers:predict
            """)

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Models and options.", valueName: "argument"))
    var arguments: [String] = []

    /// Replaces this process by the service, with `arguments`; returns only if that fails.
    static func start(_ arguments: [String]) throws -> Never {
        let here = URL(filePath: Bundle.main.executablePath ?? CommandLine.arguments[0])
        let program = here.deletingLastPathComponent().appending(path: "ocelot-serve").path
        var list: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        execv(program, &list)
        throw ServiceNotFound(program: program, reason: String(cString: strerror(errno)))
    }

    func run() throws { try Self.start(arguments) }
}

/// The service's program is not where it should be.
struct ServiceNotFound: Error, CustomStringConvertible {
    var program: String
    var reason: String

    var description: String {
        "\(program) does not start: \(reason). Build it with 'swift build -c release --product ocelot-serve'."
    }
}
