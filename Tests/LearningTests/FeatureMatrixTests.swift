import Learning
import Testing

@Suite struct FeatureMatrixTests {
    @Test func scalesRowsToLengthOne() {
        // (3, 4) has length 5; a row of zeros has no direction and stays.
        let matrix = FeatureMatrix(rows: 3, columns: 2, values: [3, 4, 0, 0, -2, 0])
        #expect(matrix.scaledToUnitLength().values == [0.6, 0.8, 0, 0, -1, 0])
    }

    @Test func takesRowsInAnyOrder() {
        let matrix = FeatureMatrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
        #expect(matrix.subset(rows: [2, 0, 2]) == FeatureMatrix(rows: 3, columns: 2, values: [5, 6, 1, 2, 5, 6]))
        #expect(Array(matrix[1]) == [3, 4])
    }
}
