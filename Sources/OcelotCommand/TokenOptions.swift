import ArgumentParser
import Foundation

/// Where a token is, for commands that ask a service.
///
/// Never an argument: the arguments of a process can be read by everybody on the machine.
struct TokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the token, where the service asks for one. (default: the variable OCELOT_TOKEN)",
            valueName: "file"))
    var tokenFile: String?

    /// The token; nil if there is none.
    func text() throws -> String? {
        guard let tokenFile else { return ProcessInfo.processInfo.environment["OCELOT_TOKEN"] }
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw TokenNotRead(path: tokenFile, reason: "it cannot be read")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.hasPrefix("{") else {
            throw TokenNotRead(
                path: tokenFile, reason: "it is the service's own file, which holds no token, only what tells one")
        }
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TokenNotRead(path: tokenFile, reason: "it does not hold one line of letters and digits")
        }
        return token
    }
}

/// A file without a token.
struct TokenNotRead: Error, CustomStringConvertible {
    var path: String
    var reason: String

    var description: String {
        "There is no token in '\(path)': \(reason). Put there what 'ocelot token add' prints."
    }
}
