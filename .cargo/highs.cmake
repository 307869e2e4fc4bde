# Compiles HiGHS's sources eight at a time, so that their headers are read once for eight: a third of the compiler's
# work is left, and what comes out computes the same.
set(CMAKE_UNITY_BUILD ON)

# A toolchain file (this) keeps the crate `cmake` from naming the compilers, and HiGHS would look for clang before the
# system's own; so they are named here, as that crate would.
if(CMAKE_HOST_UNIX)
  if(NOT DEFINED ENV{CC})
    set(CMAKE_C_COMPILER cc)
  endif()
  if(NOT DEFINED ENV{CXX})
    set(CMAKE_CXX_COMPILER c++)
  endif()
endif()
