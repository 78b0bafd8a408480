// A stand-in, empty because nothing of it is used: see ../context.h.
#pragma once
