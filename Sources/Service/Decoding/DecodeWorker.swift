// The process that reads pictures, seen from inside: it takes files from its standard input and gives pixels to its
// standard output, and can do nothing else.

import CConfinement
import Foundation
import Imaging

/// A process whose only work is to read pictures.
public enum DecodeWorker {
    /// What the program is started with to be one.
    public static let argument = "--decode-worker"
    /// Address space beside what the program has at its start: a picture of 50 megapixels, several times.
    private static let memory: UInt64 = 1 << 30

    /// Serves until the other end closes; never returns.
    public static func run() -> Never {
        signal(SIGPIPE, SIG_IGN)
        // Loads what libvips loads at its start, while files may still be opened.
        _ = imagingLibraries()
        warmUp()
        _ = cc_confine(memory)
        var (preprocessing, written) = (Preprocessing(), [UInt8]())
        while let head = read(DecodeQuestion.size) {
            let question = DecodeQuestion(head)
            guard let text = read(question.preprocessingLength), let file = read(question.fileLength) else { break }
            if text != written {
                guard let decoded = try? JSONDecoder().decode(Preprocessing.self, from: Data(text)) else { break }
                (preprocessing, written) = (decoded, text)
            }
            guard answer(file, preprocessing, DecodingLimits(pixels: question.pixelLimit)) else { break }
        }
        exit(0)
    }

    private static func answer(_ file: [UInt8], _ preprocessing: Preprocessing, _ limits: DecodingLimits) -> Bool {
        do {
            let header = try ImageHeader.read(file)
            let pixels = try preprocessing(file, limits: limits)
            let answer = DecodeAnswer(.image, width: header.width, height: header.height, length: pixels.count)
            return write(answer.bytes) && write(pixels)
        } catch {
            return write(DecodeAnswer(refusing: (error as? ImagingError) ?? .corrupt("")).bytes)
        }
    }

    /// Reads one picture of each kind of decoder, so that what they load lazily is loaded.
    private static func warmUp() {
        let picture = Picture(width: 2, height: 2, pixels: [UInt8](repeating: 90, count: 12))
        if let png = try? picture.png() { _ = try? Preprocessing(side: 8)(png) }
        _ = try? JSONDecoder().decode(Preprocessing.self, from: Data("{}".utf8))
    }

    private static func read(_ count: Int) -> [UInt8]? {
        var offset = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            while offset < count {
                let got = Foundation.read(0, buffer.baseAddress?.advanced(by: offset), count - offset)
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { break }
                offset += got
            }
            initialised = offset
        }
        return offset == count ? bytes : nil
    }

    private static func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let put = Foundation.write(1, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if put < 0 && errno == EINTR { continue }
                if put <= 0 { return false }
                offset += put
            }
            return true
        }
    }
}
