// How much of anything one connection may take. Every number has a default; `Docs/serving.md` says where each is from.

/// What a connection may send, and how long it may take over it.
public struct HTTPLimits: Hashable, Sendable {
    /// The longest body of a request, in bytes.
    public var bodyBytes = 32 << 20
    /// The bytes of all requests' bodies that are in memory at one time.
    public var bodyBytesInAll = 512 << 20
    /// The pieces that a body may come in; a body of a million chunks of one byte is no photo.
    public var bodyPieces = 65_536
    /// The longest address or header field, and all fields together, in bytes.
    public var headerBytes = 80 << 10
    /// The most header fields.
    public var headerFields = 1000
    /// From the first byte of a request to the end of its headers.
    public var headerTime = Duration.seconds(10)
    /// How long a connection may say nothing between two requests.
    public var idleTime = Duration.seconds(10)
    /// From the headers to the end of the body.
    public var bodyTime = Duration.seconds(30)
    /// After `slowestGrace` a body that comes more slowly than this is not waited for, in bytes a second.
    public var slowestBody = 1024
    /// How long a body may be slow.
    public var slowestGrace = Duration.seconds(5)
    /// From the whole request to its answer.
    public var answerTime = Duration.seconds(30)
    /// How long a client may take to receive an answer.
    public var sendTime = Duration.seconds(10)
    /// Connections at one time; further ones wait in the system's queue.
    public var connections = 2048
    /// How long an answer that is known from the headers waits for a short body, so that the connection can be kept.
    public var earlyAnswerTime = Duration.milliseconds(10)
    /// What is still read, and thrown away, after an early answer, so that the client gets to see it.
    public var lingerBytes = 1 << 20
    /// How long that goes on.
    public var lingerTime = Duration.seconds(1)

    /// The defaults.
    public init() {}
}
