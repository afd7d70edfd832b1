"""Arrays and a header in one file: what numpy.load opens, written so that it is whole or not there at all."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from clusterproof.checker.checkpoints import CheckpointError, replacing

HEADER = "header"
LONGEST_HEADER_BYTES = 1 << 28


def write_archive(path: Path, header: Mapping[str, Any], arrays: Mapping[str, Sequence[NDArray[Any]]]) -> None:
    """Write a header and arrays, each in parts that follow one another. The file before stays until this one is whole.

    Raises OSError.
    """
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, parts in {HEADER: [text], **arrays}.items():
            _write(archive, name, parts)


def _write(archive: zipfile.ZipFile, name: str, parts: Sequence[NDArray[Any]]) -> None:
    shape = (sum(map(len, parts)), *parts[0].shape[1:])
    described = {"descr": np.lib.format.dtype_to_descr(parts[0].dtype), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, described)
        for part in parts:
            if part.size:
                file.write(np.ascontiguousarray(part).data.cast("B"))


@frozen
class Archive:
    """A header and arrays that were read."""

    path: Path
    header: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    def array(self, name: str, kinds: Iterable[Any], *shape: int) -> NDArray[Any]:
        """One array of one of these types and this shape, -1 for any length. Raises CheckpointError."""
        found = self.arrays.get(name)
        fits = found is not None and found.ndim == len(shape) and found.dtype in [np.dtype(kind) for kind in kinds]
        if found is None or not fits or any(w not in (-1, n) for w, n in zip(shape, found.shape, strict=True)):
            raise self.error(f"{name} is not what a checkpoint holds")
        return found

    def error(self, what: str) -> CheckpointError:
        """The error that says what is wrong with the file."""
        return CheckpointError(f"{self.path}: {what}")


def read_archive(path: Path) -> Archive:
    """Everything. Raises CheckpointError when the file is not whole, or something else."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if HEADER not in infos or infos[HEADER].file_size > LONGEST_HEADER_BYTES:
                raise CheckpointError(f"{path}: is no checkpoint of clusterproof")
            if any(info.compress_type != zipfile.ZIP_STORED for info in infos.values()):
                raise CheckpointError(f"{path}: is no checkpoint of clusterproof: it is compressed")
            header = json.loads(_array(archive, infos.pop(HEADER)).tobytes())
            if not isinstance(header, dict):
                raise CheckpointError(f"{path}: is no checkpoint of clusterproof")
            arrays = {name: _array(archive, info) for name, info in infos.items()}
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no checkpoint to go on with") from None
    except (OSError, ValueError, RuntimeError, MemoryError, RecursionError, zipfile.BadZipFile, zlib.error) as error:
        raise CheckpointError(f"{path}: is no whole checkpoint: {str(error) or type(error).__name__}") from None
    return Archive(path, header, arrays)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(info) as file:
        found: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end also compares the checksum
            raise ValueError("more data than an array has")
    return found
