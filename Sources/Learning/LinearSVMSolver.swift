// The minimum of ½‖w‖² + Σ cᵢ max(0, 1 − yᵢ w·zᵢ)² by the modified finite Newton method.
//
// Keerthi and DeCoste, "A Modified Finite Newton Method for Fast Solution of Large Scale Linear SVMs", 2005,
// https://www.jmlr.org/papers/v6/keerthi05a.html. The objective is quadratic wherever the set of active examples, those
// with yᵢ w·zᵢ < 1, does not change. Each step goes to the minimum of the quadratic at hand, found roughly by conjugate
// gradients, and along that line to the minimum of the objective itself.

/// One class against the others: examples with signs and costs.
struct SquaredHingeProblem {
    /// The examples zᵢ.
    let rows: SolverRows
    /// yᵢ: 1 for the class, −1 for the others.
    let signs: [Double]
    /// cᵢ, all positive.
    let costs: [Double]

    /// Where the solver came to rest.
    struct Minimum {
        var w: [Double]
        /// At most this part of the objective lies between it and the true minimum.
        var gap: Double
    }

    /// Finds the minimum, starting at `w`: until ‖gradient‖² ≤ `tolerance`·‖w‖², or until rounding lets no step help.
    ///
    /// The curvature of the objective is at least 1 everywhere. So w is at most ‖gradient‖ away from the minimum, and the
    /// objective at most ½‖gradient‖² above it: `tolerance` bounds the relative error of the objective, and its square
    /// root that of w.
    func minimum(from w: [Double], tolerance: Double) -> Minimum {
        var w = w
        var margins = products(with: w)
        var best = Minimum(w: w, gap: .infinity)
        var bestObjective = Double.infinity
        // About 10 steps are usual; the limit only ends a search that rounding keeps from its goal.
        for _ in 0..<200 {
            let slacks = margins.map { max(0, 1 - $0) }
            let objective = dot(w, w) / 2 + zip(costs, slacks).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
            let pull = rows.combination(slacks.indices.map { 2 * costs[$0] * slacks[$0] * signs[$0] })
            let gradient = zip(w, pull).map { $0 - $1 }
            let square = dot(gradient, gradient)
            guard objective < bestObjective else { break }
            (best, bestObjective) = (Minimum(w: w, gap: square / 2 / objective), objective)
            if square <= tolerance * dot(w, w) { break }

            let step = newtonStep(gradient, active: slacks.indices.filter { slacks[$0] > 0 })
            let changes = products(with: step)
            let length = lineMinimum(w, step, margins, changes)
            for index in w.indices { w[index] += length * step[index] }
            for index in margins.indices { margins[index] += length * changes[index] }
        }
        return best
    }

    /// yᵢ w·zᵢ of every example.
    private func products(with w: [Double]) -> [Double] {
        zip(rows.products(with: w), signs).map { $0 * $1 }
    }

    /// About the s that solves H s = −gradient, with H = 1 + 2 Σ cᵢ zᵢ zᵢᵀ over the active examples.
    private func newtonStep(_ gradient: [Double], active: [Int]) -> [Double] {
        let scales = costs.map { 2 * $0 }
        var step = [Double](repeating: 0, count: gradient.count)
        var residual = gradient.map { -$0 }
        var direction = residual
        var square = dot(residual, residual)
        // A tenth of the gradient is enough: the next Newton step, with its new active set, does the rest.
        let goal = 0.01 * square
        for _ in 0..<max(50, 2 * gradient.count) where square > goal {
            let product = rows.hessianProduct(direction, active: active, scales: scales)
            let length = square / dot(direction, product)
            for index in step.indices {
                step[index] += length * direction[index]
                residual[index] -= length * product[index]
            }
            let next = dot(residual, residual)
            for index in direction.indices { direction[index] = residual[index] + next / square * direction[index] }
            square = next
        }
        return step
    }

    /// The t at which the objective of w + t·step is smallest: a root of its slope, which climbs in straight pieces.
    private func lineMinimum(_ w: [Double], _ step: [Double], _ margins: [Double], _ changes: [Double]) -> Double {
        let (start, curvature) = (dot(w, step), dot(step, step))
        func slope(_ t: Double) -> (value: Double, rate: Double) {
            var (value, rate) = (start + t * curvature, curvature)
            for index in margins.indices {
                let slack = 1 - margins[index] - t * changes[index]
                if slack > 0 {
                    value -= 2 * costs[index] * slack * changes[index]
                    rate += 2 * costs[index] * changes[index] * changes[index]
                }
            }
            return (value, rate)
        }
        // Newton's method on the slope, inside the interval that is known to hold the root.
        let goal = 1e-6 * abs(slope(0).value)
        var (low, high) = (0.0, Double.infinity)
        var t = 1.0
        for _ in 0..<100 {
            let (value, rate) = slope(t)
            if abs(value) <= goal { break }
            if value < 0 { low = t } else { high = t }
            let next = t - value / rate
            t = next > low && next < high ? next : (high.isFinite ? (low + high) / 2 : 2 * t)
        }
        return t
    }
}

/// The inner product, summed from the first number to the last.
private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var total = 0.0
    for index in a.indices { total += a[index] * b[index] }
    return total
}
