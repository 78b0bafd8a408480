// Fetches the pictures of a list, many at once, into a folder for each label.

public import Datasets
public import Foundation
public import Imaging

/// Fetches the pictures of a list into a folder.
public struct PhotoFetch: Sendable {
    /// How pictures are fetched.
    public struct Options: Sendable {
        /// The longest side of a picture in pixels, to which larger ones shrink; nil keeps the size of all.
        public var maxSide: Int? = 1000
        /// How many requests run at once.
        public var jobs = 16
        /// How many of them at the same host.
        public var perHost = 4
        /// How often a link is asked again after a failure that may pass.
        public var retries = 2
        /// The pause before it is asked again; it doubles each time, and is drawn from half of it to one and a half.
        public var pause = Duration.milliseconds(500)
        /// The longest pause that a server may ask for by `Retry-After`.
        public var longestPause = Duration.seconds(60)
        /// How many redirects of a link are followed.
        public var redirects = 5
        /// The most bytes of all pictures that this run writes.
        public var totalBytes = 20_000_000_000
        /// How long and how much a server may send.
        public var limits = WebLimits()
        /// The most pixels of a picture.
        public var decoding = DecodingLimits.default
        /// Which machines may be asked.
        public var policy = AddressPolicy()
        /// Who looks up names.
        public var resolver = Resolver.system
        /// How the client presents itself.
        public var agent = "ocelot"
        /// Links that brought no picture in an earlier run are asked again, whatever the reason was.
        public var asksBrokenAgain = false
        /// Threads that check and shrink pictures.
        public var threads = ProcessInfo.processInfo.activeProcessorCount
        /// Pauses are drawn by this lot.
        public var seed: UInt64 = 1
        /// What time it is, for `sources.tsv`.
        public var now: @Sendable () -> Date = { Date() }
        /// Whether somebody asked to stop.
        public var isStopRequested: @Sendable () -> Bool = { false }

        /// The options of a person who does not care.
        public init() {}
    }

    /// The list.
    public let list: LinkList
    /// Where the pictures go.
    public let folder: URL
    /// How they are fetched.
    public var options: Options

    /// Prepares a run; nothing happens yet.
    public init(_ list: LinkList, to folder: URL, options: Options = Options()) {
        (self.list, self.folder, self.options) = (list, folder, options)
    }

    /// Fetches what is not there yet, and tells of each link as it is done with.
    ///
    /// Links that earlier runs settled are not asked again. When the method returns, each link of the list has its line in
    /// `sources.tsv`; if it throws or is killed, another run goes on from there.
    public func run(_ report: (FetchProgress) -> Void = { _ in }) async throws -> FetchSummary {
        let run = try FetchRun(self)
        do {
            try await run.fetch(report)
        } catch {
            await run.client.close()
            throw error
        }
        await run.client.close()
        return try run.finish()
    }
}

/// One link that is done with.
public struct FetchProgress: Sendable {
    /// What became of it.
    public let source: Source
    /// How many are done with, of how many that this run asks for.
    public let done: Int
    /// How many links this run asks for.
    public let total: Int
}
