// What a person types to correct a data set, checked before it is written down.

public import Foundation

extension Dataset {
    /// A decision about the image that `name` means, with the data set's own path for it.
    ///
    /// `name` is the image's path below the data set's folder, or a path to its file. A decision for classes that no image has
    /// is refused, unless `allowsNewClasses`; one for no class, unless images may have several labels.
    public func correction(
        _ name: String, _ decision: Overlay.Decision, who: String, at date: Date = .now, allowsNewClasses: Bool = false
    ) throws -> Overlay.Correction {
        let path = try self.path(of: name)
        if case .labels(let labels) = decision, labels.isEmpty && !isMultiLabel || labels.contains("") {
            throw OverlayError.badLabel("")
        }
        if case .labels(let labels) = decision, !allowsNewClasses {
            for label in labels where !classes.contains(label) {
                throw OverlayError.newClass(
                    label, suggestion: NearMiss.suggestion(for: label, among: classes), known: classes)
            }
        }
        return Overlay.Correction(path: path, decision: decision, who: who, at: date)
    }

    /// The path by which the data set names the image that `name` means; images that are left out may be meant as well.
    public func path(of name: String) throws -> String {
        let known = images.map(\.path) + leftOut.map(\.path)
        if known.contains(name) { return name }
        let file = FileSystem.resolved(name) ?? name
        let base = FileSystem.resolved(root.path) ?? root.path
        if file.hasPrefix(base + "/") {
            let below = String(file.dropFirst(base.count + 1))
            if known.contains(below) { return below }
        }
        if let image = images.first(where: { FileSystem.resolved($0.url.path) == file }) { return image.path }
        throw OverlayError.unknownImage(path: name, suggestion: NearMiss.suggestion(for: name, among: known))
    }

    /// The image and the labels that "PATH=LABEL" means: names may hold "=" too, so the longest known path is taken.
    ///
    /// Nothing behind the "=" means no label.
    public func assignment(_ text: String) -> (name: String, labels: [String])? {
        let cuts = text.indices.filter { text[$0] == "=" }.reversed()
        let cut = cuts.first { (try? path(of: String(text[..<$0]))) != nil } ?? cuts.first
        guard let cut, cut != text.startIndex else { return nil }
        let labels = text[text.index(after: cut)...].precomposedStringWithCanonicalMapping.split(
            separator: "|", omittingEmptySubsequences: false
        ).map { trimmed(String($0)) }
        return (String(text[..<cut]), labels == [""] ? [] : labels)
    }
}
