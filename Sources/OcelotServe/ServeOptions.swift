public import ArgumentParser
import Foundation
public import Inference
import Service

/// What the service is started with.
struct ServeOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Models: NAME or NAME:VERSION in the workspace, a package's path, or NAME= and one of those.",
            valueName: "model"))
    var models: [String]

    @Option(help: ArgumentHelp("The folder of your models.", valueName: "dir"))
    var workspace = "."

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for one that is free.")
    var port = 8080

    @Option(help: ArgumentHelp("Another name for a model: alias=NAME or alias=NAME:VERSION.", valueName: "alias"))
    var alias: [String] = []

    @Option(help: ArgumentHelp("Who may ask: a file that 'ocelot token add' wrote.", valueName: "file"))
    var tokenFile: String?

    @Flag(name: .customLong("insecure-no-auth"), help: "Let everybody ask, from other machines too.")
    var insecureNoAuth = false

    @Option(help: ArgumentHelp("A name by which others call this machine.", valueName: "name"))
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp("Requests a second that one caller may make in the long run. (default: any)", valueName: "n")
    )
    var rateLimit: Double?

    @Flag(name: .customLong("enable-admin"), help: "Let requests load and unload models (scope admin).")
    var enableAdmin = false

    @Option(help: ArgumentHelp("A certificate with its chain, PEM.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's key, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Serve only models that the owner of this public key signed (Ed25519, PEM; see 'ocelot sign').",
            valueName: "file"))
    var requireSignature: String?

    @Option(help: "Images that may wait for one model.")
    var queue = 64

    @Option(help: "The most pixels of an image.")
    var maxPixels = 50_000_000

    @Option(help: ArgumentHelp("The longest body of a request, in bytes.", valueName: "bytes"))
    var maxBody = 32 << 20

    @Option(help: ArgumentHelp("Images in a batch when many wait. (default: measured after the start)", valueName: "n"))
    var batchSize: Int?

    @Option(
        help: ArgumentHelp(
            """
            The numbers that networks are computed with. bfloat16 takes about half the time on processors that have \
            instructions for it; probabilities change a little: first see 'ocelot evaluate --precision bfloat16'.
            """, valueName: "numbers"))
    var precision = InferencePrecision.float32

    @Option(help: ArgumentHelp("Cores that compute. (default: all)", valueName: "n"))
    var threads: Int?

    @Flag(name: .customLong("decode-in-process"), help: "Read pictures in this process instead of in confined ones.")
    var decodeInProcess = false

    @Option(help: ArgumentHelp("How long an end may take, in seconds.", valueName: "seconds"))
    var drain = 20.0

    @Option(help: "What is written to standard error: requests, events or none.")
    var log = LogKind.requests

    enum LogKind: String, CaseIterable, ExpressibleByArgument { case requests, events, none }

    func validate() throws {
        guard !models.isEmpty else { throw ValidationError("Give at least one model.") }
        guard (0...65535).contains(port) else {
            throw ValidationError("--port is \(port); it must be from 0 to 65535.")
        }
        guard (1...100_000).contains(queue) else {
            throw ValidationError("--queue is \(queue); it must be from 1 to 100000.")
        }
        guard maxPixels >= 1 else { throw ValidationError("--max-pixels is \(maxPixels); it must be 1 or more.") }
        guard (1...(1 << 30)).contains(maxBody) else {
            throw ValidationError("--max-body is \(maxBody); it must be from 1 to \(1 << 30).")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads); it must be from 1 to 1024.")
        }
        if let batchSize, !(1...256).contains(batchSize) {
            throw ValidationError("--batch-size is \(batchSize); it must be from 1 to 256.")
        }
        if let rateLimit, !(rateLimit > 0 && rateLimit.isFinite) {
            throw ValidationError("--rate-limit is \(rateLimit); it must be above 0.")
        }
        guard (0...3600).contains(drain) else {
            throw ValidationError("--drain is \(drain); it must be from 0 to 3600.")
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
    }

    func configuration() -> ServiceConfiguration {
        var configuration = ServiceConfiguration(models: models)
        configuration.workspace = URL(filePath: workspace)
        (configuration.host, configuration.port) = (host, port)
        configuration.aliases = alias
        configuration.tokenFile = tokenFile.map { URL(filePath: $0) }
        configuration.allowsAnyone = insecureNoAuth
        configuration.hosts = allowHost
        configuration.allowsAdministration = enableAdmin
        configuration.requestsPerSecond = rateLimit
        if let tlsCertificate, let tlsKey {
            configuration.certificate = (URL(filePath: tlsCertificate), URL(filePath: tlsKey))
        }
        configuration.signatureKey = requireSignature.map { URL(filePath: $0) }
        configuration.limits.queue = queue
        configuration.limits.imagePixels = maxPixels
        configuration.limits.http.bodyBytes = maxBody
        if let threads { configuration.threads = threads }
        if !decodeInProcess, let program = Bundle.main.executablePath {
            configuration.decodeWorker = [program, DecodeWorker.argument]
        }
        configuration.batchSize = batchSize
        configuration.precision = precision
        configuration.drainTime = .seconds(drain)
        return configuration
    }

    func makeLog() -> ServiceLog {
        switch log {
        case .requests: ServiceLog(file: 2)
        case .events: ServiceLog(file: 2, withRequests: false)
        case .none: ServiceLog(file: nil)
        }
    }
}

extension InferencePrecision: ExpressibleByArgument {}
