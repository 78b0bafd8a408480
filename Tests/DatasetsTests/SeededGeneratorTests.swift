import Datasets
import Testing

@Suite struct SeededGeneratorTests {
    /// The first outputs for seed 1234567 of Sebastiano Vigna's splitmix64.c, https://prng.di.unimi.it/splitmix64.c, as
    /// https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64 lists them.
    @Test func splitMixMatchesItsAuthors() {
        var generator = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        #expect(expected.map { _ in generator.next() } == expected)
    }

    /// From state 1, 2, 3, 4 by hand. First output: 2 · 5 = 10, rotated by 7 = 1280, · 9 = 11520. State: t = 2 ≪ 17 = 262144;
    /// s2 = 3 ^ 1 = 2, s3 = 4 ^ 2 = 6, s1 = 2 ^ 2 = 0, s0 = 1 ^ 6 = 7, s2 ^= t = 262146, s3 = 6 ≪ 45. Second: s1 = 0, so 0.
    /// Then t = 0; s2 = 262146 ^ 7 = 262149, s3 unchanged, s1 = 262149. Third: 1310745, rotated by 7 = 167775360, · 9 =
    /// 1509978240. The fourth is that of Rust's rand_xoshiro, whose tests were made with the authors' C code.
    @Test func xoshiroMatchesItsAuthors() {
        var generator = SeededGenerator(state: (1, 2, 3, 4))
        let expected: [UInt64] = [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]
        #expect(expected.map { _ in generator.next() } == expected)
    }

    @Test func streamsOfOneSeedDiffer() {
        let firsts = (0..<100).map { (stream: UInt64) -> UInt64 in
            var generator = SeededGenerator(seed: 42, stream: stream)
            return generator.next()
        }
        #expect(Set(firsts).count == 100)
    }

    @Test func indicesAreEven() {
        // 60,000 throws of a die: each face 10,000 times, standard deviation √(60000 · 1/6 · 5/6) = 91; five of them are 456.
        for seed in 0..<10 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var counts = [Int](repeating: 0, count: 6)
            for _ in 0..<60_000 { counts[generator.index(below: 6)] += 1 }
            #expect(counts.allSatisfy { abs($0 - 10_000) < 456 }, "seed \(seed): \(counts)")
        }
    }

    @Test func shuffleKeepsTheElementsAndReachesEveryOrder() {
        var generator = SeededGenerator(seed: 7)
        var orders: [[Int]: Int] = [:]
        for _ in 0..<6_000 {
            var elements = [1, 2, 3]
            generator.shuffle(&elements)
            #expect(elements.sorted() == [1, 2, 3])
            orders[elements, default: 0] += 1
        }
        // Six orders, 1,000 times each, standard deviation 29.
        #expect(orders.count == 6)
        #expect(orders.values.allSatisfy { abs($0 - 1_000) < 145 })
    }
}
