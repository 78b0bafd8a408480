// Stand-ins for the headers of Gloo, the library that carries libtorch's messages between processes.
//
// libtorch has Gloo compiled in, but its packages lack Gloo's headers, which `ProcessGroupGloo.hpp` includes. It uses
// Gloo's types only by pointer, so that declarations are enough, with two exceptions that it writes out in its class
// bodies: a call of `Context::setTimeout`, and a class derived from `rendezvous::Store`. Both are declared here as Gloo
// declares them (https://github.com/pytorch/gloo, 2024), and nothing of ours uses either. Never make one of these types.
#pragma once

#include <chrono>
#include <memory>

namespace gloo {

class Context {
  public:
    void setTimeout(std::chrono::milliseconds timeout);
};

namespace transport {
class UnboundBuffer;
} // namespace transport

} // namespace gloo
