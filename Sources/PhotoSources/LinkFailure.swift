// Why a link brought no picture: a kind that can be counted, and a clause for people.

/// Why a link brought no picture.
///
/// Links break; that is reported, and is no error of the run.
public struct LinkFailure: Error, Hashable, Sendable {
    /// What kind of failure, as it stands in `sources.tsv` and in JSON.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        case badAddress = "bad_address"
        case privateAddress = "private_address"
        case noHost = "no_such_host"
        case noConnection = "no_connection"
        case noAnswer = "no_answer"
        case tooSlow = "too_slow"
        case cutOff = "cut_off"
        case missing
        case refused
        case serverError = "server_error"
        case redirects
        case encoded
        case tooLarge = "too_large"
        case notAPicture = "not_a_picture"
        case damaged

        /// Whether a later run may be luckier.
        public var isPassing: Bool {
            switch self {
            case .noHost, .noConnection, .noAnswer, .tooSlow, .cutOff, .serverError: true
            case .badAddress, .privateAddress, .missing, .refused, .redirects, .encoded, .tooLarge, .notAPicture,
                .damaged:
                false
            }
        }

        /// Whether this says something of the whole host, and its other links need not be tried.
        var concernsHost: Bool { self == .noHost || self == .noConnection }

        /// Whether it is asked again after a pause.
        ///
        /// Not what was too slow: that has already taken its time.
        var isRetried: Bool { isPassing && self != .tooSlow }

        /// What failed, for a table of counts.
        public var words: String {
            switch self {
            case .badAddress: "is no web address that is asked"
            case .privateAddress: "leads to an address that is not public"
            case .noHost: "names a host that does not exist"
            case .noConnection: "leads to a host that takes no connection"
            case .noAnswer: "leads to a host that does not answer in time"
            case .tooSlow: "sends too slowly"
            case .cutOff: "breaks off on the way"
            case .missing: "is gone (404)"
            case .refused: "is refused"
            case .serverError: "meets an error of the server"
            case .redirects: "is redirected without end, or nowhere"
            case .encoded: "is sent compressed, unasked"
            case .tooLarge: "is too large"
            case .notAPicture: "is no picture"
            case .damaged: "is a damaged picture"
            }
        }
    }

    /// What kind of failure.
    public let kind: Kind
    /// What exactly happened, as a clause.
    public let reason: String
    /// How long the server asks to be left alone.
    var retryAfter: Duration?
    /// Whether this machine seems to have no network.
    var isLocal = false

    init(_ kind: Kind, _ reason: String, retryAfter: Duration? = nil, isLocal: Bool = false) {
        (self.kind, self.reason, self.retryAfter, self.isLocal) = (kind, reason, retryAfter, isLocal)
    }
}

extension LinkFailure: CustomStringConvertible {
    /// The clause.
    public var description: String { reason }
}
