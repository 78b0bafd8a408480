// One picture of the demo set: a place, somebody or something in clothes, and a camera that is not perfect.

import Imaging

/// Draws single pictures.
struct Photograph {
    private var generator: SeededGenerator
    private let texture: Texture

    /// The picture number `number` of a class under `seed`; it depends on nothing else.
    init(_ texture: Texture, number: Int, seed: UInt64) {
        let kind = UInt64(Texture.allCases.firstIndex(of: texture) ?? 0)
        generator = SeededGenerator(seed: seed, stream: kind << 32 | UInt64(number))
        self.texture = texture
    }

    /// The bytes of its JPEG file.
    mutating func jpeg() throws -> [UInt8] {
        let picture = picture()
        return try picture.jpeg(quality: 75 + generator.index(below: 18))
    }

    /// Draws it.
    mutating func picture() -> Picture {
        let figure = Figure.drawn(&generator)
        let garment = Garment.drawn(&generator)
        let isFlat = figure.kind == .lyingFlat
        let width = 300 + 4 * generator.index(below: 11)
        let height = generator.chance(0.15) ? width : 380 + 4 * generator.index(below: 11)
        let placement = self.placement(figure, garment, width: width, height: height)
        let lightTurns = generator.float(0.5, 1)
        let lightFlat = direction(turns: lightTurns) * generator.float(0.25, 0.7)
        let lightUp = (1 - lightFlat.x * lightFlat.x - lightFlat.y * lightFlat.y).squareRoot()
        var painter = Painter(
            canvas: Canvas(width: width, height: height), placement: placement,
            light: Light(towards: SIMD3(lightFlat.x, lightFlat.y, lightUp), contrast: generator.float(0.45, 0.95)),
            grain: Noise(&generator))
        let backdrop = Backdrop.drawn(&generator, isFlat: isFlat)
        backdrop.paint(&painter.canvas, &generator)

        let outfit = Outfit.drawn(texture, garment, figure, &generator)
        outfit.paint(&painter, &generator)

        if generator.chance(0.12) { occlude(&painter) }
        var camera = Camera.drawn(&generator)
        if generator.chance(0.1) { camera.writeMark(&painter.canvas, &generator) }
        return camera.expose(&painter.canvas)
    }

    /// Where the figure stands, so that most of the garment is seen.
    private mutating func placement(_ figure: Figure, _ garment: Garment, width: Int, height: Int) -> Placement {
        let isFlat = figure.kind == .lyingFlat
        let hasHead = figure.kind == .person
        let top = hasHead ? (generator.chance(0.25) ? generator.float(-1.5, -1) : generator.float(-0.75, -0.3)) : figure.kind == .hanger ? -0.9 : generator.float(-0.75, -0.25)
        let bottom = garment.length + generator.float(-0.5, 0.9)
        var scale = Float(height) / (bottom - top)
        if !isFlat { scale = min(scale, Float(width) / generator.float(2.3, 2.9)) }
        if isFlat && garment.sleeve > 0.5 { scale = min(scale, Float(width) / 4) }
        // Some are taken from close by, some from afar.
        let zoom: Float = generator.choose([(7, 1), (1, generator.float(1.3, 2.1)), (1.2, generator.float(0.6, 0.85))])
        scale *= zoom
        let middle = Point(generator.float(-0.12, 0.12), mix(top, bottom, 0.5) + (zoom > 1 ? generator.float(-0.5, 0.3) : 0))
        let turns = isFlat ? generator.float(-0.07, 0.07) : generator.float(-0.012, 0.012)
        let turn = direction(turns: turns)
        let centre = Point(Float(width), Float(height)) * 0.5
        let moved = scale * Point(turn.x * middle.x - turn.y * middle.y, turn.y * middle.x + turn.x * middle.y)
        return Placement(scale: scale, origin: centre - moved, turn: turn)
    }

    /// Something in the way: a bag's strap, a hand's width of a door, another person's shoulder.
    private mutating func occlude(_ painter: inout Painter) {
        let colour = generator.element(of: Dyes.dark + Dyes.earthy).varied(&generator)
        if generator.chance(0.5) {
            let side: Float = generator.chance(0.5) ? 1 : -1
            let strap = [Point(0.7 * side, 0), Point(0.2 * side, 1.2), Point(-0.9 * side, 2.9)]
            let line = softLine(strap)
            let path = Path.band(along: line, halfWidths: line.map { _ in 0.07 })
            painter.shadow(path, offset: Point(0.03, 0.05), softness: 0.05, strength: 0.4)
            painter.shape(path, colour, roundness: 0.06)
        } else {
            let side: Float = generator.chance(0.5) ? 1 : -1
            let x = generator.float(0.8, 1.15) * side
            let path = Path.ellipse(Point(x + 0.9 * side, generator.float(1, 3)), Point(0.9, generator.float(1.2, 2.4)))
            painter.shadow(path, offset: Point(0, 0.1), softness: 0.2, strength: 0.4)
            painter.shape(path, colour, roundness: 0.5, roughness: 0.05, softness: 7)
        }
    }
}
