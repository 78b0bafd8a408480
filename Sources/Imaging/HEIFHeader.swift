// The size of the primary picture of a HEIC or AVIF file.
//
// ISO/IEC 14496-12 (boxes) and ISO/IEC 23008-12 (HEIF): `meta` names the primary item (`pitm`) and has a list of
// properties (`iprp`/`ipco`) with the items that each belongs to (`ipma`). Those of interest, applied in the item's order:
// `ispe` (size), `clap` (a cut), `irot` (quarter turns); mirrors (`imir`) leave the size as it is.

extension ImageHeader {
    static func heif(_ reader: ByteReader, _ format: ImageFormat) throws(ImagingError) -> ImageHeader {
        guard let meta = Box.first("meta", in: reader) else { throw .corrupt("it has no meta box") }
        let inner = meta.part(from: 4, count: meta.count)
        guard let pitm = Box.first("pitm", in: inner), let version = pitm.byte(0),
            let primary = version == 0 ? pitm.uint16(4) : pitm.uint32(4)
        else { throw .corrupt("it names no primary picture") }
        guard let iprp = Box.first("iprp", in: inner), let ipco = Box.first("ipco", in: iprp) else {
            throw .corrupt("its pictures have no properties")
        }
        let properties = Box.all(in: ipco)
        var size: (width: Int, height: Int)?
        var quarterTurns = 0
        for index in propertyIndices(of: primary, in: iprp) where properties.indices.contains(index - 1) {
            let property = properties[index - 1]
            if property.has("ispe"), let width = property.content.uint32(4), let height = property.content.uint32(8) {
                size = (width, height)
            } else if property.has("clap"), let cut = cleanAperture(property.content) {
                size = cut
            } else if property.has("irot"), let angle = property.content.byte(0) {
                quarterTurns += angle & 3
            }
        }
        guard let size else { throw .corrupt("its primary picture has no size") }
        return ImageHeader(
            format: format, storedWidth: size.width, storedHeight: size.height,
            orientation: quarterTurns % 2 == 0 ? .upright : .rotatedLeft)
    }

    /// Width and height of a `clap` property, each a fraction.
    private static func cleanAperture(_ content: ByteReader) -> (width: Int, height: Int)? {
        guard let w = content.uint32(0), let wd = content.uint32(4), let h = content.uint32(8),
            let hd = content.uint32(12),
            wd > 0, hd > 0
        else { return nil }
        return (w / wd, h / hd)
    }

    /// Which properties an item has, counted from 1, in the order in which they apply.
    private static func propertyIndices(of item: Int, in iprp: ByteReader) -> [Int] {
        for box in Box.all(in: iprp) where box.has("ipma") {
            let content = box.content
            guard let version = content.byte(0), let flags = content.byte(3), let count = content.uint32(4) else {
                continue
            }
            var offset = 8
            for _ in 0..<count {
                guard let name = version < 1 ? content.uint16(offset) : content.uint32(offset) else { break }
                offset += version < 1 ? 2 : 4
                guard let associations = content.byte(offset) else { break }
                offset += 1
                let width = flags & 1 == 1 ? 2 : 1
                if name == item {
                    return (0..<associations).compactMap { index in
                        width == 2
                            ? content.uint16(offset + 2 * index).map { $0 & 0x7FFF }
                            : content.byte(offset + index).map { $0 & 0x7F }
                    }
                }
                offset += associations * width
            }
        }
        return []
    }
}

/// A box of the ISO base media format: a length, a name of four characters, contents.
private struct Box {
    let container: ByteReader
    let start: Int
    let content: ByteReader

    func has(_ name: StaticString) -> Bool { container.has(name, at: start + 4) }

    static func first(_ name: StaticString, in container: ByteReader) -> ByteReader? {
        all(in: container).first { $0.has(name) }?.content
    }

    /// The boxes of a container, up to the first that is out of order.
    static func all(in container: ByteReader) -> [Box] {
        var boxes: [Box] = []
        var offset = 0
        while let short = container.uint32(offset), offset + 8 <= container.count {
            var (length, header) = (short, 8)
            if short == 1 {
                guard let high = container.uint32(offset + 8), high == 0, let low = container.uint32(offset + 12) else {
                    break
                }
                (length, header) = (low, 16)
            } else if short == 0 {
                length = container.count - offset
            }
            guard length >= header else { break }
            boxes.append(
                Box(
                    container: container, start: offset,
                    content: container.part(from: offset + header, count: length - header)))
            offset += length
        }
        return boxes
    }
}
