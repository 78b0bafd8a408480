// Operations that change a tensor, for those in this package who own it: whoever else holds it sees the change.

internal import CTorch

extension Tensor {
    /// Numbers below 0 become 0.
    package func becomingRelu() throws(TorchError) -> Tensor {
        try Tensor.run("relu", self) { x, _ in ct_relu_in_place(x) }
        return self
    }

    /// Numbers below 0 become 0, those above 6 become 6.
    package func becomingRelu6() throws(TorchError) -> Tensor {
        try Tensor.run("relu6", self) { x, _ in ct_relu6_in_place(x) }
        return self
    }

    /// Adds another tensor to this one.
    package func becomingSum(with other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.run("+", self, other) { ct_add_in_place($0, $1) }
        return self
    }

    /// Overwrites the numbers with another tensor's.
    package func copy(from other: Tensor) throws(TorchError) {
        try Tensor.run("copy", self, other) { ct_copy_in_place($0, $1) }
    }
}
