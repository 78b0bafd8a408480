// The random changes to each photo of each epoch, from one seed.

public import Imaging

extension Augmentation {
    /// What is done to one photo in one epoch.
    ///
    /// It follows from these three numbers alone, so it is the same however many threads work, and in whichever order.
    public func plan(seed: UInt64, epoch: Int, photo: Int) -> AugmentationPlan {
        var epochs = SeededGenerator(seed: seed, stream: UInt64(bitPattern: Int64(epoch)))
        var generator = SeededGenerator(seed: epochs.next(), stream: UInt64(bitPattern: Int64(photo)))
        return plan(using: &generator)
    }
}
