// What the tests of this target share: pictures, lists, and a run against a play server.

import Foundation
import Imaging
import PhotoSources

/// The bytes of a JPEG that no other seed gives.
func jpeg(_ seed: Int, width: Int = 64, height: Int = 48) throws -> [UInt8] {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            pixels += [UInt8((x + seed) % 256), UInt8((y * 3 + seed * 7) % 256), UInt8(seed % 256)]
        }
    }
    return try Picture(width: width, height: height, pixels: pixels).jpeg(quality: 90)
}

/// A list of links and labels.
func list(_ links: [(String, String)]) throws -> LinkList {
    try LinkList(links.enumerated().map { Link($1.0, label: $1.1, line: $0 + 1) })
}

/// Options under which every host is the server, and nothing takes long.
func options(_ server: PlayServer) -> PhotoFetch.Options {
    var options = PhotoFetch.Options()
    let place = Endpoint(.v4(0x7F00_0001), port: server.port)
    options.resolver = .table(["*": place], otherwise: .system)
    options.policy.exceptions = [AddressPolicy.Exception("\(place)")].compactMap(\.self)
    options.pause = .milliseconds(1)
    options.limits.total = .seconds(60)
    options.limits.silence = .seconds(10)
    options.limits.grace = .seconds(10)
    options.threads = 2
    return options
}

/// The files below a folder, without hidden ones, sorted.
func pictures(in folder: URL) throws -> [String] {
    let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: folder.appending(path: path).path, isDirectory: &isFolder)
        return exists && !isFolder.boolValue && !path.hasPrefix(".")
    }.sorted()
}

/// `sources.tsv` as rows of values by their columns' names.
func sources(in folder: URL) throws -> [[String: String]] {
    let text = try String(contentsOf: folder.appending(path: "sources.tsv"), encoding: .utf8)
    let rows = text.split(separator: "\n").map {
        $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    return rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(rows[0], $0)) }
}
