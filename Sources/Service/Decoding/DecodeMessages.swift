// What the service and a process that reads pictures for it say to each other, over one socket.
//
// A question: the lengths of the preprocessing and of the file (four bytes each), the limit of pixels (eight), the
// preprocessing as JSON, the file. An answer: a byte that says which kind, and then width and height (eight bytes each),
// a length (four) and so many bytes: pixels, or a reason. Numbers are as the machine has them: both are on it.

import Foundation
import Imaging

/// The fixed part of a question.
struct DecodeQuestion {
    static let size = 16
    var preprocessingLength: Int
    var fileLength: Int
    var pixelLimit: Int

    var bytes: [UInt8] {
        pack(UInt32(preprocessingLength)) + pack(UInt32(fileLength)) + pack(UInt64(pixelLimit))
    }

    init(preprocessingLength: Int, fileLength: Int, pixelLimit: Int) {
        (self.preprocessingLength, self.fileLength) = (preprocessingLength, fileLength)
        self.pixelLimit = pixelLimit
    }

    init(_ bytes: [UInt8]) {
        preprocessingLength = Int(unpack(bytes, at: 0, UInt32.self))
        fileLength = Int(unpack(bytes, at: 4, UInt32.self))
        pixelLimit = Int(clamping: unpack(bytes, at: 8, UInt64.self))
    }
}

/// The fixed part of an answer.
struct DecodeAnswer {
    enum Kind: UInt8 {
        case image, notAnImage, unsupportedFormat, tooManyPixels, truncated, corrupt
    }

    static let size = 21
    var kind: Kind
    var width = 0
    var height = 0
    var length = 0

    var bytes: [UInt8] {
        [kind.rawValue] + pack(UInt64(clamping: width)) + pack(UInt64(clamping: height)) + pack(UInt32(length))
    }

    init(_ kind: Kind, width: Int = 0, height: Int = 0, length: Int = 0) {
        (self.kind, self.width, self.height, self.length) = (kind, width, height, length)
    }

    /// Nil if the bytes are no answer.
    init?(_ bytes: [UInt8]) {
        guard let kind = bytes.first.flatMap(Kind.init(rawValue:)) else { return nil }
        self.kind = kind
        width = Int(clamping: unpack(bytes, at: 1, UInt64.self))
        height = Int(clamping: unpack(bytes, at: 9, UInt64.self))
        length = Int(unpack(bytes, at: 17, UInt32.self))
    }

    /// For a file that was not read.
    init(refusing error: ImagingError) {
        switch error {
        case .notAnImage: self.init(Kind.notAnImage)
        case .unsupportedFormat: self.init(Kind.unsupportedFormat)
        case .tooManyPixels(let width, let height, _): self.init(Kind.tooManyPixels, width: width, height: height)
        case .truncated: self.init(Kind.truncated)
        case .corrupt, .notWritten: self.init(Kind.corrupt)
        }
    }

    /// The error that it stands for; nil for an image.
    func error(limit: Int) -> ImagingError? {
        switch kind {
        case .image: nil
        case .notAnImage: .notAnImage
        case .unsupportedFormat: .unsupportedFormat("The format")
        case .tooManyPixels: .tooManyPixels(width: width, height: height, limit: limit)
        case .truncated: .truncated("it ends too early")
        case .corrupt: .corrupt("it contradicts its format")
        }
    }
}

private func pack(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

private func unpack<Value: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int, _: Value.Type) -> Value {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
}
