"""The number format in which this machine multiplies fastest."""

import torch


def fastest_dtype() -> torch.dtype:
    """bfloat16 where the processor (or GPU) multiplies it natively, else float32."""
    if torch.cuda.is_available():
        return torch.bfloat16
    known = torch.cpu.get_capabilities()
    native = known.get("avx512_bf16") or known.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32
