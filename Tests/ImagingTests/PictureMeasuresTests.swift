import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct PictureMeasuresTests {
    @Test(arguments: HashGolden.shared.pictures)
    func `Measures are those of NumPy, SciPy and Pillow`(_ golden: HashGolden.Picture) {
        let measures = formulaPicture(golden.size[0], golden.size[1]).measures()
        let expected = golden.measures
        #expect([measures.width, measures.height] == golden.size)
        let b = measures.brightness
        for (found, wanted) in zip([b.p01, b.p05, b.p50, b.p95, b.p99], expected.brightness) {
            // Half a step of 1/1020.
            #expect(abs(found - wanted) < 0.0005)
        }
        for (found, wanted) in zip(measures.meanColour, expected.meanColour) { #expect(abs(found - wanted) < 1e-12) }
        #expect(abs(measures.contrast - expected.contrast) < 1e-9)
        #expect(abs(measures.sharpness - expected.sharpness) < 1e-6 * max(1, expected.sharpness))
        #expect(abs(measures.entropy - expected.entropy) < 1e-9)
        #expect(abs(measures.colourfulness - expected.colourfulness) < 1e-9)
        #expect(abs(measures.edges - expected.edges) < 1e-9)
        #expect(abs(measures.greyCountDeviation - expected.greyCountDeviation) < 1e-9)
        #expect(abs(measures.clarity - expected.clarity) < 1e-9)
    }

    private func plain(_ colour: [UInt8], width: Int = 40, height: Int = 30) -> Picture {
        Picture(width: width, height: height, pixels: (0..<width * height).flatMap { _ in colour })
    }

    @Test func `One grey has no contrast, edges, information or colour`() {
        let measures = plain([128, 128, 128]).measures()
        #expect(measures.contrast == 0 && measures.sharpness == 0)
        #expect(measures.entropy == 0 && measures.colourfulness == 0 && measures.isGrey)
        // √(0.241 + 0.691 + 0.068) · 128 / 255 = 0.50196, to a step of 1/1020.
        #expect(abs(measures.brightness.p50 - 0.50196) < 0.0005)
        #expect(measures.thumbnail.greys.allSatisfy { $0 == 128 })
    }

    @Test func `Half black and half white have one bit of information and contrast one half`() {
        let black = [UInt8](repeating: 0, count: 3 * 600), white = [UInt8](repeating: 255, count: 3 * 600)
        let measures = Picture(width: 40, height: 30, pixels: black + white).measures()
        #expect(measures.entropy == 1)
        #expect(measures.contrast == 0.5)
        #expect(measures.brightness.p05 == 0 && measures.brightness.p95 == 1)
        #expect(measures.isGrey)
    }

    @Test func `Pure colours are not grey`() {
        // Red: red − green = 1 everywhere, (red + green) / 2 − blue = 1/2; no spread: 0.3 √(1 + 1/4) = 0.33541.
        let measures = plain([255, 0, 0]).measures()
        #expect(abs(measures.colourfulness - 0.3 * 1.25.squareRoot()) < 1e-12)
        #expect(!measures.isGrey)
    }

    @Test func `A blurred picture is less sharp than the picture, and has weaker edges`() {
        let sharp = formulaPicture(300, 200)
        let blurred = sharp.resized(width: 15, height: 10).resized(width: 300, height: 200)
        #expect(blurred.measures().sharpness < sharp.measures().sharpness / 10)
        #expect(blurred.measures().edges < sharp.measures().edges)
    }

    @Test func `Reading a file measures the same as decoding it first`() throws {
        let file = try formulaPicture(211, 97).jpeg(quality: 80)
        #expect(try PictureMeasures(reading: file) == Picture.decode(file).measures())
        #expect(throws: ImagingError.self) { try PictureMeasures(reading: Array(file.prefix(40))) }
    }

    @Test func `Measures survive JSON`() throws {
        let measures = formulaPicture(60, 45).measures()
        let data = try JSONEncoder().encode(measures)
        #expect(try JSONDecoder().decode(PictureMeasures.self, from: data) == measures)
    }

    @Test(arguments: [(1, 1), (1, 500), (500, 1), (2, 2), (1025, 3), (3, 1025)])
    func `Pictures of every shape are measured`(_ width: Int, _ height: Int) {
        let measures = formulaPicture(width, height).measures()
        #expect(measures.pixelCount == width * height)
        #expect(measures.sharpness.isFinite && measures.edges.isFinite && (0...8).contains(measures.entropy))
    }
}
