// Painting shapes with light on them.

/// One light, and how deep the shadows are that it leaves.
struct Light {
    /// Right, down, and out of the picture; of length 1.
    let towards: SIMD3<Float>
    /// 0…1.
    let contrast: Float

    /// How light a slope is, beside 1 for what faces the camera; slopes rise to the right and downwards by these numbers.
    @inline(__always)
    func callAsFunction(_ slope: Point) -> Float {
        let facing =
            (towards.z - slope.x * towards.x - slope.y * towards.y)
            / (1 + slope.x * slope.x + slope.y * slope.y).squareRoot()
        return max(1 + contrast * (facing / towards.z - 1), 0.22)
    }
}

extension Mask {
    /// How values that are heights in pixels rise to the right and downwards.
    @inline(__always)
    fileprivate func slope(_ x: Int, _ y: Int) -> Point {
        Point(self[x + 1, y] - self[x - 1, y], self[x, y + 1] - self[x, y - 1]) * 0.5
    }
}

/// A canvas with a figure's place and a light.
struct Painter {
    var canvas: Canvas
    let placement: Placement
    let light: Light
    let grain: Noise

    /// The height of a rounded body with this outline, in pixels; `roundness` in units is how soon it bends away.
    private func body(_ mask: Mask, roundness: Float) -> Mask {
        let radius = max(1, Int(roundness * placement.scale * 0.5))
        var heights = mask.blurred(radius)
        let height = 1.7 * Float(radius)
        for index in heights.values.indices { heights.values[index] *= height }
        return heights
    }

    private func margin(_ roundness: Float) -> Int { 2 * max(1, Int(roundness * placement.scale * 0.5)) + 3 }

    /// Paints a plain shape, such as an arm.
    mutating func shape(
        _ path: Path, _ colour: Colour, roundness: Float = 0.25, roughness: Float = 0.03, softness: Int = 0
    ) {
        let path = path.placed(placement)
        let mask = canvas.mask(path, margin: margin(roundness) + softness * 2)
        let heights = body(mask, roundness: roundness)
        let (grain, placement, light) = (grain, placement, light)
        canvas.paint(mask.blurred(softness)) { x, y in
            let p = placement.inverse(Point(Float(x), Float(y)))
            let texture = 1 + roughness * (grain.fractal(p.x * 14, p.y * 14, octaves: 3) - 0.5) * 2
            return colour * (light(heights.slope(x, y)) * texture)
        }
    }

    /// Paints hair: strands along `turns`.
    mutating func hair(_ path: Path, _ colour: Colour, turns: Float, roundness: Float = 0.3) {
        let mask = canvas.mask(path.placed(placement), margin: margin(roundness))
        let heights = body(mask, roundness: roundness)
        let (grain, placement, light) = (grain, placement, light)
        let along = direction(turns: turns)
        canvas.paint(mask.blurred(1)) { x, y in
            let p = placement.inverse(Point(Float(x), Float(y)))
            let bend = grain(p.x * 2, p.y * 2) * 0.5
            let across = p.x * along.y - p.y * along.x + bend
            let strand = grain(across * 34, (p.x * along.x + p.y * along.y) * 2.5)
            let shine = smoothstep(0.55, 0.9, grain(across * 5 + 30, p.y * 1.3))
            return colour * ((0.62 + 0.65 * strand + 0.5 * shine) * light(heights.slope(x, y)))
        }
    }

    /// Paints a piece of clothing.
    mutating func cloth(_ path: Path, _ fabric: Fabric, _ frame: ClothFrame, folds: Folds, roundness: Float = 0.3) {
        // No cloth's edge is as smooth as a drawn line.
        let path = path.wavering(grain, by: 0.022).placed(placement)
        switch fabric.print {
        case .plain(let pattern): cloth(path, pattern, fabric, frame, folds, roundness)
        case .stripes(let pattern): cloth(path, pattern, fabric, frame, folds, roundness)
        case .dots(let pattern): cloth(path, pattern, fabric, frame, folds, roundness)
        case .leopard(let pattern): cloth(path, pattern, fabric, frame, folds, roundness)
        }
    }

    /// The same for one kind of pattern, so that the choice is not made for each pixel.
    private mutating func cloth(
        _ path: Path, _ pattern: some Pattern, _ fabric: Fabric, _ frame: ClothFrame, _ folds: Folds, _ roundness: Float
    ) {
        let mask = canvas.mask(path, margin: margin(roundness))
        var heights = body(mask, roundness: roundness)
        // How far folds displace the cloth needs their slopes alone, without the body's.
        let creases = creases(folds, within: mask)
        for index in heights.values.indices { heights.values[index] += creases.values[index] }
        let (placement, light) = (placement, light)
        canvas.paint(mask) { x, y in
            let pixel = Point(Float(x), Float(y)) + creases.slope(x, y) * 3
            let slope = heights.slope(x, y)
            var sum = pattern.colour(frame(placement.inverse(pixel + Point(-0.375, -0.125))))
            sum += pattern.colour(frame(placement.inverse(pixel + Point(0.125, -0.375))))
            sum += pattern.colour(frame(placement.inverse(pixel + Point(0.375, 0.125))))
            sum += pattern.colour(frame(placement.inverse(pixel + Point(-0.125, 0.375))))
            var colour = sum * (0.25 * light(slope) * fabric.relief(frame(placement.inverse(pixel))))
            if fabric.gloss > 0 {
                let facing = max(0, light(slope * 1.6) - 0.8)
                colour += Colour(repeating: fabric.gloss * facing * facing * 2)
            }
            return colour
        }
    }

    /// The height of the folds in pixels, over the mask's rectangle.
    private func creases(_ folds: Folds, within mask: Mask) -> Mask {
        var creases = Mask(x: mask.x, y: mask.y, width: mask.width, height: mask.height)
        guard !folds.waves.isEmpty else { return creases }
        let near = mask.blurred(2, passes: 1)
        // Folds are wide: every second pixel of every second row is enough, and the others lie between.
        for row in stride(from: 0, to: mask.height, by: 2) {
            for column in stride(from: 0, to: mask.width, by: 2) where near.values[row * mask.width + column] > 0 {
                let p = placement.inverse(Point(Float(column + mask.x), Float(row + mask.y)))
                creases.values[row * mask.width + column] = folds.height(p) * placement.scale
            }
            for column in stride(from: 1, to: mask.width - 1, by: 2) {
                let index = row * mask.width + column
                creases.values[index] = 0.5 * (creases.values[index - 1] + creases.values[index + 1])
            }
        }
        for row in stride(from: 1, to: mask.height - 1, by: 2) {
            for index in row * mask.width..<(row + 1) * mask.width {
                creases.values[index] = 0.5 * (creases.values[index - mask.width] + creases.values[index + mask.width])
            }
        }
        return creases
    }

    /// Darkens what lies behind a shape: `offset` and `softness` in units.
    mutating func shadow(_ path: Path, offset: Point, softness: Float, strength: Float) {
        let radius = max(1, Int(softness * placement.scale))
        let mask = canvas.mask(path.placed(placement).moved(offset * placement.scale), margin: 3 * radius + 2)
        canvas.darken(mask.blurred(radius, passes: 3), by: strength)
    }

    /// Draws a line on top, such as a seam.
    mutating func line(_ points: [Point], width: Float, _ colour: Colour, opacity: Float, softness: Int = 0) {
        let band = Path.band(along: points, halfWidths: points.map { _ in width / 2 }).placed(placement)
        canvas.paint(canvas.mask(band, margin: 2 + 2 * softness).blurred(softness), opacity: opacity) { _, _ in colour }
    }
}
