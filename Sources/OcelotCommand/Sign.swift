import ArgumentParser
import Foundation
import Ocelot

/// `ocelot sign`.
struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Signs a model, so that a service can refuse all others.",
        discussion: """
            The signature (Ed25519) covers the manifest, and by the digests in it every file of the package. Keys are OpenSSL's:

              openssl genpkey -algorithm ed25519 -out key.pem
              openssl pkey -in key.pem -pubout -out public.pem
              ocelot sign flowers --key key.pem
              ocelot serve flowers --require-signature public.pem
            """)

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Option(help: ArgumentHelp("A private key, PEM.", valueName: "file"))
    var key: String

    @OptionGroup var workspace: WorkspaceOptions

    func run() throws {
        let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
        let signature = try SigningKey(URL(filePath: key)).signature(of: package)
        let file = package.folder.appending(path: ModelPackage.signatureName)
        try writeWhole(signature, to: file)
        write("Signed: \(file.relativePath)")
    }
}
