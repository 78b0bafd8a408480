import CTurboJPEG
import CVips

/// Which formats this machine reads, and by what.
public func imagingLibraries() -> String {
    let formats = ImageFormat.allCases.filter { format in
        switch format {
        case .heic, .avif: vipsReads(format)
        case .jpeg, .png, .webp, .gif, .bmp, .tiff: true
        }
    }
    return formats.map(\.rawValue).joined(separator: ", ")
}

/// Whether libvips was built with the library for HEIC and AVIF.
private func vipsReads(_ format: ImageFormat) -> Bool { cvp_start() == 0 && cvp_has_loader(CVP_HEIF) != 0 }
