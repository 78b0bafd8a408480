// What a service is started with.

public import Foundation
import Imaging
public import Inference

/// What one request may ask for.
public struct ServiceLimits: Hashable, Sendable {
    /// What connections may take.
    public var http = HTTPLimits()
    /// The most pixels of an image, as stored.
    public var imagePixels = 50_000_000
    /// The most images in one request.
    public var imagesPerRequest = 64
    /// The most images in one request whose answers are explained.
    public var explainedImagesPerRequest = 8
    /// The most images that may wait for one model.
    public var queue = 64

    var decoding: DecodingLimits { DecodingLimits(pixels: imagePixels) }

    /// The defaults.
    public init() {}
}

/// How a service is run.
public struct ServiceConfiguration: Sendable {
    /// Models: `NAME`, `NAME:VERSION`, a path, or `name=` and one of those.
    public var models: [String]
    /// Other names: `alias=NAME` or `alias=NAME:VERSION`.
    public var aliases: [String] = []
    /// Where names of models are looked up.
    public var workspace = URL(filePath: ".")
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 for one that is free.
    public var port = 8080
    /// Tokens, one a line, as `TokenFile` writes them; nil: whoever reaches the port may ask.
    public var tokenFile: URL?
    /// Lets an address that others reach be listened on without tokens.
    public var allowsAnyone = false
    /// Names by which the service is reached, beside those of this machine.
    public var hosts: [String] = []
    /// Requests a second that one caller may make, in the long run; nil: as many as they like.
    public var requestsPerSecond: Double?
    /// Loading and unloading of models by requests.
    public var allowsAdministration = false
    /// Certificate and key, both PEM; nil for plain HTTP.
    public var certificate: (chain: URL, key: URL)?
    /// A public key, PEM: only models that its owner has signed are loaded; nil: all.
    public var signatureKey: URL?
    /// What requests may take.
    public var limits = ServiceLimits()
    /// Cores that compute; all by default.
    public var threads = ProcessInfo.processInfo.activeProcessorCount
    /// The numbers that networks are computed with.
    public var precision = InferencePrecision.float32
    /// Images that each core computes at once when many wait; nil: what a measurement after the start finds best.
    public var batchSize: Int?
    /// Threads that read and write connections.
    public var ioThreads = 1
    /// How a worker process is started that reads pictures: a program and its arguments; nil: this process reads them.
    public var decodeWorker: [String]?
    /// How long an end may take.
    public var drainTime = Duration.seconds(20)
    /// How long a service that was told to end still takes requests, so that whoever balances load notices.
    public var noticeTime = Duration.seconds(1)
    /// How often the workspace is looked through for newer versions.
    public var pollInterval = Duration.seconds(2)

    /// Serves `models`, with the defaults for everything else.
    public init(models: [String]) { self.models = models }

    /// Whether only this machine can reach the address.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

/// Why a service does not start.
public enum ServiceStartError: Error, Sendable, CustomStringConvertible {
    /// Others would reach the address, and there is no token.
    case open(host: String)
    /// The address is taken, or not of this machine.
    case address(host: String, port: Int, reason: String)
    /// A certificate or key cannot be read.
    case certificate(reason: String)
    /// Two models have one name.
    case twice(String)
    /// An alias is not written as `alias=NAME`, or means no model.
    case alias(String)
    /// A token file that cannot be used, with the reason.
    case tokens(URL, reason: String)

    /// One sentence: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .open(let host):
            """
            Other machines reach \(host), and there are no tokens. Make one with 'ocelot token add --token-file FILE' and \
            give --token-file FILE, or listen on 127.0.0.1, or say --insecure-no-auth.
            """
        case .address(let host, let port, let reason):
            "\(host), port \(port), cannot be listened on: \(reason). Choose another --port or --host."
        case .certificate(let reason):
            "The certificate or its key cannot be used: \(reason). Both are PEM files."
        case .twice(let name): "Two models are called '\(name)'. Give one another name, as in 'other=\(name)'."
        case .alias(let text):
            "The alias '\(text)' is not written as alias=NAME or alias=NAME:VERSION of a model that is served."
        case .tokens(let url, let reason): "The tokens in \(url.path) cannot be used: \(reason)."
        }
    }
}
