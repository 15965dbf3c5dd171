"""A hint to the processor, for loops that wait for memory: fetch what will be read some iterations later.

Reads that do not depend on each other overlap by themselves as far as a processor looks ahead, some hundred
instructions. A loop that does more than that per entry waits for each entry's reads, unless it asks for them early.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FOR_READING, _KEPT_CLOSE, _DATA = 0, 3, 1


def _typed(_context: Any, array: Any, _index: Any) -> Any:  # noqa: ANN401 (numba's types)
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        values = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
            context, builder, signature.args[0], values, [arguments[1]], wraparound=False
        )
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        takes = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", (byte,), takes)
        hints = [ir.Constant(number, hint) for hint in (_FOR_READING, _KEPT_CLOSE, _DATA)]
        builder.call(function, [builder.bitcast(place, byte), *hints])
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate


prefetch: Any = intrinsic(_typed)
"""``prefetch(array, index)``: fetch the line around an element of a one-dimensional array; nothing else happens.

``index``, uint64, must not be beyond the array's end.
"""
