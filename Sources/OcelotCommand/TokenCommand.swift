import ArgumentParser
import Foundation
import Service

/// `ocelot token`.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes, lists and revokes the tokens of a service.",
        subcommands: [Add.self, List.self, Revoke.self])

    struct FileOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The file that 'ocelot serve --token-file' reads.", valueName: "file"))
        var tokenFile: String

        var file: TokenFile { TokenFile(URL(filePath: tokenFile)) }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token and prints it, once; only its SHA-256 is kept.")

        @OptionGroup var options: FileOptions

        @Option(
            help: "What it allows: predict (asking models), read (seeing them), annotate or admin; repeatable.",
            transform: { text in
                guard let scope = Scope(rawValue: text) else {
                    throw ValidationError("'\(text)' is no scope; predict, read, annotate and admin are.")
                }
                return scope
            })
        var scope: [Scope] = [.predict]

        @Option(help: ArgumentHelp("After how many days it counts no more. (default: never)", valueName: "days"))
        var days: Double?

        @Option(help: ArgumentHelp("Whose it is.", valueName: "text"))
        var note: String?

        func validate() throws {
            if let days, !(days > 0 && days <= 36_500) {
                throw ValidationError("--days is \(days); it must be above 0, and at most 36500.")
            }
        }

        func run() throws {
            let (text, token) = Token.make(
                scopes: scope, expires: days.map { Date().addingTimeInterval(86_400 * $0) }, note: note)
            try options.file.write(try options.file.read() + [token])
            FileHandle.standardError.write(Data("Token \(token.id). This is the only time that it is shown:\n".utf8))
            write(text)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the tokens; not their text, which is kept nowhere.")

        @OptionGroup var options: FileOptions

        func run() throws {
            for token in try options.file.read() {
                let end = token.expires.map { "until \($0.formatted(.iso8601))" } ?? "for good"
                let scopes = token.scopes.map(\.rawValue).joined(separator: ",")
                write("\(token.id)  \(scopes)  \(end)\(token.note.map { "  \($0)" } ?? "")")
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a token away; a running service knows it within seconds.")

        @Argument(help: ArgumentHelp("The token's name, as 'list' shows it.", valueName: "id"))
        var id: String

        @OptionGroup var options: FileOptions

        func run() throws {
            let tokens = try options.file.read()
            let kept = tokens.filter { $0.id != id }
            guard kept.count < tokens.count else { throw ValidationError("There is no token '\(id)' in this file.") }
            try options.file.write(kept)
        }
    }
}
