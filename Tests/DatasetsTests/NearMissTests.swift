import Datasets
import Testing

@Suite struct NearMissTests {
    /// By hand. "ca" to "abc" tells the unrestricted distance (swap to "ac", insert "b": 2) from the one that never edits
    /// a swapped pair again (3).
    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("ca", "abc", 2), ("kitten", "sitting", 3),
        ("resnet81", "resnet18", 1), ("fashion", "fashon", 1),
    ])
    func distances(a: String, b: String, expected: Int) {
        #expect(NearMiss.distance(a, b) == expected)
        #expect(NearMiss.distance(b, a) == expected)
    }

    /// A metric: never negative, zero for equal words only, and no detour is shorter.
    @Test func noDetourIsShorter() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let words = (0..<3).map { _ in
                String((0..<generator.index(below: 6)).map { _ in generator.element(of: ["a", "b", "c"] as [Character]) })
            }
            let (x, y, z) = (words[0], words[1], words[2])
            #expect(NearMiss.distance(x, z) <= NearMiss.distance(x, y) + NearMiss.distance(y, z), "\(words)")
            #expect((NearMiss.distance(x, y) == 0) == (x == y), "\(words)")
        }
    }

    @Test func suggestions() {
        let backbones = ["resnet18", "resnet34", "resnet50", "mobilenet_v2", "squeezenet1_1"]
        #expect(NearMiss.suggestion(for: "resnet81", among: backbones) == "resnet18")
        #expect(NearMiss.suggestion(for: "ResNet-50", among: backbones) == "resnet50")
        #expect(NearMiss.suggestion(for: "mobilnetv2", among: backbones) == "mobilenet_v2")
        #expect(NearMiss.suggestion(for: "inception", among: backbones) == nil)
        #expect(NearMiss.suggestion(for: "", among: backbones) == nil)
        #expect(NearMiss.suggestion(for: "a", among: ["b", "c"]) == nil)
        // Of equally close ones, the first by name.
        #expect(NearMiss.suggestion(for: "cat", among: ["rat", "bat"]) == "bat")
        #expect(NearMiss.suggestion(for: "Cat", among: ["cat"]) == "cat")
    }
}
