/// libtorch, as far as this project needs it.
///
/// A function that can fail returns 0, or -1 and leaves its reason for `ct_last_error()` on the same thread. A tensor
/// given out through `out` belongs to the caller, who ends it with `ct_release`; tensors that go in stay the caller's.
/// Dimensions may be counted from behind (-1 is the last). Element types have libtorch's own numbers
/// (c10/core/ScalarType.h); a device is -1 for the processor, n for CUDA device n. Source-compatible with libtorch
/// 2.11 to 2.13.
#ifndef CTORCH_H
#define CTORCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensorBox *CTTensor;
typedef struct CTGeneratorBox *CTGenerator;
typedef struct CTGroupBox *CTGroup;
typedef struct CTAveragingBox *CTAveraging;
typedef ptrdiff_t CTInt; // Swift's Int.

// ---- Errors and ownership

/// What the last failed call on this thread said. Valid until the next failure on the thread.
const char *ct_last_error(void);
/// Whether it was for want of memory, on whichever device.
int ct_last_error_is_out_of_memory(void);
void ct_release(CTTensor x);
/// Tensors given out and not yet released, in the whole process.
int64_t ct_live_tensors(void);
/// The same, counting only what this thread was given and released: exact while other threads work.
int64_t ct_live_tensors_of_thread(void);
/// libtorch's version, such as "2.13.0".
const char *ct_version(void);

// ---- Making tensors

int ct_full(CTTensor *out, const CTInt *shape, CTInt rank, double value, int32_t type, int32_t device);
/// In main memory, with nothing written in it yet; `data` is where to write.
int ct_uninitialised(CTTensor *out, const CTInt *shape, CTInt rank, int32_t type, void **data);
/// 0, 1, …, count - 1 as 64-bit integers.
int ct_range(CTTensor *out, CTInt count, int32_t device);
int ct_uniform(CTTensor *out, const CTInt *shape, CTInt rank, double from, double to, CTGenerator generator);
int ct_normal(CTTensor *out, const CTInt *shape, CTInt rank, double mean, double deviation, CTGenerator generator);
/// 0 … count - 1 in random order, as 64-bit integers.
int ct_permutation(CTTensor *out, CTInt count, CTGenerator generator);

// ---- Looking at tensors

CTInt ct_rank(CTTensor x);
void ct_shape(CTTensor x, CTInt *shape);
int32_t ct_element_type(CTTensor x);
CTInt ct_element_size(CTTensor x);
int32_t ct_device(CTTensor x);
int ct_is_channels_last(CTTensor x);
int ct_requires_gradient(CTTensor x);
/// Whether two tensors have the same elements in memory, so that a change of one shows in the other.
int ct_shares_memory(CTTensor x, CTTensor y);
/// Copies all elements, in row-major order, to `to`, which has room for `bytes`.
int ct_read(CTTensor x, void *to, size_t bytes);

// ---- Copies and conversions

int ct_to_type(CTTensor *out, CTTensor x, int32_t type);
int ct_to_device(CTTensor *out, CTTensor x, int32_t device);
int ct_to_channels_last(CTTensor *out, CTTensor x);
int ct_contiguous(CTTensor *out, CTTensor x);
int ct_clone(CTTensor *out, CTTensor x);

// ---- Views: the same elements, seen in another shape

int ct_reshape(CTTensor *out, CTTensor x, const CTInt *shape, CTInt rank);
int ct_permute(CTTensor *out, CTTensor x, const CTInt *order, CTInt rank);
int ct_transpose(CTTensor *out, CTTensor x, CTInt a, CTInt b);
int ct_flatten(CTTensor *out, CTTensor x, CTInt from, CTInt through);
int ct_expand(CTTensor *out, CTTensor x, const CTInt *shape, CTInt rank);
int ct_insert_dimension(CTTensor *out, CTTensor x, CTInt dimension);
int ct_drop_dimension(CTTensor *out, CTTensor x, CTInt dimension);
int ct_select(CTTensor *out, CTTensor x, CTInt dimension, CTInt index);
int ct_slice(CTTensor *out, CTTensor x, CTInt dimension, CTInt start, CTInt end, CTInt step);

// ---- Joining and picking

int ct_concatenate(CTTensor *out, const CTTensor *tensors, CTInt count, CTInt dimension);
int ct_stack(CTTensor *out, const CTTensor *tensors, CTInt count, CTInt dimension);
int ct_index_select(CTTensor *out, CTTensor x, CTInt dimension, CTTensor indices);
int ct_gather(CTTensor *out, CTTensor x, CTInt dimension, CTTensor indices);
int ct_one_hot(CTTensor *out, CTTensor labels, CTInt classes);
int ct_where(CTTensor *out, CTTensor condition, CTTensor yes, CTTensor no);
/// `amounts`: before and after the last dimension, before and after the one in front of it, and so on.
int ct_pad(CTTensor *out, CTTensor x, const CTInt *amounts, CTInt count, double value);

// ---- Arithmetic, with broadcasting

int ct_add(CTTensor *out, CTTensor x, CTTensor y);
int ct_subtract(CTTensor *out, CTTensor x, CTTensor y);
int ct_multiply(CTTensor *out, CTTensor x, CTTensor y);
int ct_divide(CTTensor *out, CTTensor x, CTTensor y);
int ct_minimum(CTTensor *out, CTTensor x, CTTensor y);
int ct_maximum(CTTensor *out, CTTensor x, CTTensor y);
int ct_add_number(CTTensor *out, CTTensor x, double y);
int ct_multiply_number(CTTensor *out, CTTensor x, double y);
int ct_divide_number(CTTensor *out, CTTensor x, double y);
int ct_subtract_from_number(CTTensor *out, double x, CTTensor y);
int ct_power(CTTensor *out, CTTensor x, double exponent);
int ct_negate(CTTensor *out, CTTensor x);
int ct_absolute(CTTensor *out, CTTensor x);
int ct_exp(CTTensor *out, CTTensor x);
int ct_log(CTTensor *out, CTTensor x);
int ct_sqrt(CTTensor *out, CTTensor x);
int ct_sigmoid(CTTensor *out, CTTensor x);
/// NULL stands for no bound.
int ct_clamp(CTTensor *out, CTTensor x, const double *lowest, const double *highest);

// ---- Comparisons: tensors of booleans

int ct_equal(CTTensor *out, CTTensor x, CTTensor y);
int ct_less(CTTensor *out, CTTensor x, CTTensor y);
int ct_less_or_equal(CTTensor *out, CTTensor x, CTTensor y);
int ct_equal_number(CTTensor *out, CTTensor x, double y);
int ct_less_number(CTTensor *out, CTTensor x, double y);
int ct_greater_number(CTTensor *out, CTTensor x, double y);
int ct_not(CTTensor *out, CTTensor x);
int ct_is_finite(CTTensor *out, CTTensor x);

// ---- Reductions. No dimensions given (count 0) means all of them.

int ct_sum(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep);
int ct_mean(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep);
int ct_largest(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep);
int ct_smallest(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep);
/// (Σ |x|^order)^(1 / order).
int ct_norm(CTTensor *out, CTTensor x, double order, const CTInt *dimensions, CTInt count, int keep);
int ct_argmax(CTTensor *out, CTTensor x, CTInt dimension, int keep);
/// `out` has room for two: the values, and their positions along the dimension.
int ct_topk(CTTensor *out, CTTensor x, CTInt count, CTInt dimension);

// ---- Layers

int ct_matmul(CTTensor *out, CTTensor x, CTTensor y);
/// `bias` may be NULL.
int ct_linear(CTTensor *out, CTTensor x, CTTensor weight, CTTensor bias);
/// `bias` may be NULL. `padding`: above, left, below, right.
int ct_conv2d(CTTensor *out, CTTensor x, CTTensor weight, CTTensor bias, CTInt stride, const CTInt padding[4],
              CTInt dilation, CTInt groups);
/// `parts`: weight, bias, running mean, running variance, of which in training the last two are updated in place.
/// `residual` is added to the norm, and may be NULL. `activation` comes last: 0 none, 1 relu, 2 relu6.
int ct_batch_norm(CTTensor *out, CTTensor x, const CTTensor parts[4], CTTensor residual, int32_t activation,
                  int training, double momentum, double epsilon);
/// The widest vector instructions that this library's own loops use from now on: 0, 1, 2; for tests.
void ct_use_vectors(int32_t widest);
int ct_relu(CTTensor *out, CTTensor x);
int ct_relu6(CTTensor *out, CTTensor x);
int ct_max_pool2d(CTTensor *out, CTTensor x, CTInt kernel, CTInt stride, CTInt padding, int ceiling);
int ct_average_pool2d(CTTensor *out, CTTensor x, CTInt kernel, CTInt stride, CTInt padding, int ceiling);
int ct_adaptive_average_pool2d(CTTensor *out, CTTensor x, CTInt rows, CTInt columns);
int ct_adaptive_max_pool2d(CTTensor *out, CTTensor x, CTInt rows, CTInt columns);
int ct_softmax(CTTensor *out, CTTensor x, CTInt dimension);
int ct_log_softmax(CTTensor *out, CTTensor x, CTInt dimension);
/// x / max(‖x‖₂, 1e-12) along the dimension.
int ct_unit_length(CTTensor *out, CTTensor x, CTInt dimension);
int ct_dropout(CTTensor *out, CTTensor x, double probability, CTGenerator generator);
/// The mean over the batch. `class_weights` may be NULL.
int ct_cross_entropy(CTTensor *out, CTTensor logits, CTTensor labels, CTTensor class_weights, double smoothing);
/// The mean over all elements, in the form that is stable for any logit. How much targets of 1 and of 0 count, for each
/// column, may be NULL.
int ct_binary_cross_entropy(CTTensor *out, CTTensor logits, CTTensor targets, CTTensor ones, CTTensor zeros);

// ---- In place, for those who own what they change

int ct_relu_in_place(CTTensor x);
int ct_relu6_in_place(CTTensor x);
int ct_add_in_place(CTTensor x, CTTensor y);
int ct_copy_in_place(CTTensor x, CTTensor from);

// ---- Gradients

/// Turns the recording of operations for gradients on or off, for this thread, and returns what it was.
int ct_set_recording(int on);
int ct_is_recording(void);
/// A tensor of the same elements that has no past, and whose gradient is wanted or not.
int ct_leaf(CTTensor *out, CTTensor x, int requires_gradient);
/// Adds the gradient of `x` to all leaves that want one. `seed` may be NULL if `x` has one element.
int ct_backward(CTTensor x, CTTensor seed);
/// `*out` is NULL if there is none.
int ct_gradient(CTTensor *out, CTTensor x);
void ct_clear_gradient(CTTensor x);

// ---- Main memory

/// `bytes` has room for four: in tensors now, and at most so far; kept for tensors to come; what the process may use.
void ct_host_memory(int64_t *bytes);
/// From now on, the most so far is what is in tensors now.
void ct_forget_memory_peak(void);
/// Gives back what is kept.
void ct_release_cached_memory(void);
/// Tensors that would need more are refused; 0 stands for no limit.
void ct_set_memory_limit(int64_t bytes);

// ---- Devices, threads, randomness

CTInt ct_cuda_count(void);
/// `bytes` has room for four: free and total on the device; held by tensors now, and at most so far.
int ct_cuda_memory(int32_t device, int64_t *bytes);
int ct_threads(void);
int ct_set_threads(int count);
int ct_generator(CTGenerator *out, uint64_t seed, int32_t device);
void ct_generator_release(CTGenerator generator);

// ---- Optimisation. All of it in place, unrecorded, and without a gradient's copy; parameters without one are skipped.

/// A step of stochastic gradient descent, as torch.optim.SGD. `tensors`: `count` parameters, then, unless `momentum` is 0,
/// their momenta.
int ct_sgd_step(const CTTensor *tensors, CTInt count, double rate, double decay, double momentum, int nesterov);
/// A step of torch.optim.Adam, or of AdamW if `decoupled`. `tensors`: `count` parameters, then as many first moments,
/// second moments, and counts of steps (one 32-bit float each, on the parameter's device).
int ct_adam_step(const CTTensor *tensors, CTInt count, double rate, double decay, double beta1, double beta2,
                 double epsilon, int decoupled);
/// The Euclidean length of all gradients as one vector.
int ct_gradient_norm(double *norm, const CTTensor *parameters, CTInt count);
/// Scales the gradients down to `maximum` if they are longer, as torch.nn.utils.clip_grad_norm_; `norm` is their length
/// before.
int ct_clip_gradients(double *norm, const CTTensor *parameters, CTInt count, double maximum);
/// Zeros of the same shape and type, on the same device, in the same order of memory.
int ct_zeros_like(CTTensor *out, CTTensor x);
/// Overwrites the first `count` tensors with the `count` after them.
int ct_copy_all(const CTTensor *tensors, CTInt count);
/// Whether all elements of `count` tensors are finite.
int ct_all_finite(int *out, const CTTensor *tensors, CTInt count);
/// Moves the first `count` tensors by `share` of the way towards the `count` after them.
int ct_move_towards(const CTTensor *tensors, CTInt count, double share);
/// Turns autocast to bfloat16 on or off, for this thread and a kind of device, and returns what it was.
int ct_set_autocast(int32_t device, int on);
/// A copy on a CUDA device, made through pinned memory, that need not be there yet when the function returns.
int ct_send(CTTensor *out, CTTensor x, int32_t device);

// ---- Processes that train together. Every worker makes the same calls in the same order.

/// Whether this build can exchange CUDA tensors by NCCL.
int ct_has_nccl(void);
/// Meets the others at a TCP store, which worker 0 serves if `hosts` is not 0; returns when all have come.
///
/// `session` is the same for all, and other for groups that share a store one after the other. `device` is where the
/// tensors to exchange will be. `milliseconds` is the longest wait for the others, now and in each later call.
int ct_group_join(CTGroup *out, int rank, int count, const char *address, int port, int hosts, const char *session,
                  int32_t device, int64_t milliseconds);
void ct_group_release(CTGroup group);
/// Overwrites the tensors, which lie on the group's device or on the processor, with those of worker `from`.
int ct_group_broadcast(CTGroup group, const CTTensor *tensors, CTInt count, int from);
/// Calls `receive` on this thread with each worker's bytes, worker 0's first. The bytes are valid during the call.
int ct_group_gather(CTGroup group, const void *bytes, CTInt count,
                    void (*receive)(void *context, const void *bytes, CTInt count), void *context);
int ct_group_barrier(CTGroup group);
/// After a call has failed: leaves the group, so that the others notice, and asks the others for a sign of life.
///
/// Returns how many gave none, their ranks in `lost`, which has room for all; -1 if the store could not be asked. Takes
/// `milliseconds` at most.
int ct_group_lost(CTGroup group, int32_t *lost, int64_t milliseconds);

/// Averages the gradients of leaves over the workers, in buckets of at most `bucket_bytes` (the first `first_bytes`).
///
/// The leaves are given in the order of the forward pass. The group must outlive it.
int ct_averaging(CTAveraging *out, CTGroup group, const CTTensor *leaves, CTInt count, CTInt bucket_bytes,
                 CTInt first_bytes);
void ct_averaging_release(CTAveraging averaging);
/// From now on, gradients that arrive are multiplied by `share` and sent.
int ct_averaging_prepare(CTAveraging averaging, double share);
/// Sends what has not been sent: leaves that no gradient has reached count with the one they have, or zeros.
///
/// An error here is a mistake of the caller's, who must then give up.
int ct_averaging_send(CTAveraging averaging);
/// Waits until all have been summed; then every leaf has the sum as its gradient.
int ct_averaging_wait(CTAveraging averaging);
/// How many buckets there are, and how many of them have been sent in this step.
CTInt ct_averaging_buckets(CTAveraging averaging);
CTInt ct_averaging_sent(CTAveraging averaging);

#ifdef __cplusplus
}
#endif
#endif
