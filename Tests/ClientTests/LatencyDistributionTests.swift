// Percentiles of latencies, and HdrHistogram's text of them.

import OcelotClient
import Testing

@Suite struct LatencyDistributionTests {
    /// By hand: of 1, 2, 3, 4 a tenth and a fifth are one value, three to five tenths two, 55 to 75 % three, the rest four.
    ///
    /// Mean 2.5; mean square of the differences (2.25 + 0.25 + 0.25 + 2.25) / 4 = 1.25, whose root is 1.118.
    @Test func writesPercentiles() throws {
        let text = try #require(LatencyDistribution(milliseconds: [3, 1, 4, 2])).percentileText
        #expect(
            text == """
                       Value     Percentile TotalCount 1/(1-Percentile)

                       1.000 0.000000000000          1           1.00
                       1.000 0.100000000000          1           1.11
                       1.000 0.200000000000          1           1.25
                       2.000 0.300000000000          2           1.43
                       2.000 0.400000000000          2           1.67
                       2.000 0.500000000000          2           2.00
                       3.000 0.550000000000          3           2.22
                       3.000 0.600000000000          3           2.50
                       3.000 0.650000000000          3           2.86
                       3.000 0.700000000000          3           3.33
                       3.000 0.750000000000          3           4.00
                       4.000 0.775000000000          4           4.44
                       4.000 1.000000000000          4
                #[Mean    =        2.500, StdDeviation   =        1.118]
                #[Max     =        4.000, Total count    =            4]
                #[Buckets =            1, SubBuckets     =            4]

                """)
    }

    /// A value that is there several times is counted whole, however little of it a percentile needs.
    @Test func countsAllThatAreAlike() throws {
        let text = try #require(LatencyDistribution(milliseconds: [7, 7, 7])).percentileText
        let lines = text.split(separator: "\n").filter { $0.contains("7.000 ") }
        #expect(lines.map { $0.split(separator: " ")[2] } == ["3", "3"])
        #expect(text.contains("StdDeviation   =        0.000]") && text.contains("SubBuckets     =            1]"))
        #expect(LatencyDistribution(milliseconds: []) == nil)
    }

    /// Where a share of all is a whole number of values, it is that number, though 0.07 × 100 is more than 7 in binary.
    @Test func sharesAreExact() throws {
        let all = try #require(LatencyDistribution(milliseconds: (1...100).map { Double($0) }))
        for percent in 1...100 { #expect(all.value(at: Double(percent) / 100) == Double(percent)) }
        #expect(all.value(at: 0) == 1 && all.value(at: 0.991) == 100)
    }
}
