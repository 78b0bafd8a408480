// The bytes of an image file, read whole.

public import Foundation

/// Reads a file that is to be decoded.
///
/// - Throws: `ImageFileError` if there is no such file, it is no plain file, may not be read, or is larger than 1 GB, which
///   no picture within the default limits is.
public func readImageFile(_ url: URL) throws -> [UInt8] {
    // Not blocking, so that opening a pipe that nobody writes to returns.
    let file = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw ImageFileError.unreadable(reason: String(cString: strerror(errno))) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw ImageFileError.notAFile }
    let size = Int(status.st_size)
    guard size <= 1 << 30 else { throw ImageFileError.tooLarge(bytes: size) }
    var failure: Int32?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
            let length = read(file, buffer.baseAddress?.advanced(by: count), size - count)
            if length < 0 { failure = errno }
            if length <= 0 { break }
            count += length
        }
    }
    if let failure { throw ImageFileError.unreadable(reason: String(cString: strerror(failure))) }
    return bytes
}

/// Why a file's bytes are not at hand.
public enum ImageFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system did not let it be read.
    case unreadable(reason: String)
    /// It is a folder, a pipe or a device.
    case notAFile
    /// It is too large to be an image.
    case tooLarge(bytes: Int)

    /// A sentence for people; the name of the file belongs before it.
    public var description: String {
        switch self {
        case .unreadable(let reason): "The file cannot be read: \(reason)."
        case .notAFile: "This is not a plain file."
        case .tooLarge(let bytes): "The file has \(bytes) bytes, more than any picture that is read (1 GB)."
        }
    }
}
