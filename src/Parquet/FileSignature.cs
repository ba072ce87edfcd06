using System.Buffers.Binary;
using FineWebTorch.Common;

namespace FineWebTorch.Parquet;

/// <summary>
/// Recognises by its first and last bytes what is not a whole Parquet file, and says what it is instead.
/// </summary>
internal static class FileSignature
{
    /// <summary>Magic number at both ends, and the length of the footer.</summary>
    private const int SmallestFile = 12;

    private const int TrailerLength = 8;

    private static readonly (byte[] Prefix, string What, string Remedy)[] Others =
    [
        ([0x1f, 0x8b], "gzip data, not a Parquet file", "unpack it first, or name it .jsonl.gz if it holds JSON lines"),
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd data, not a Parquet file", "unpack it first"),
        ("PK\u0003\u0004"u8.ToArray(), "a zip archive, not a Parquet file", "unpack it first"),
        ("ARROW1"u8.ToArray(), "an Arrow IPC file, not a Parquet file", "convert it to Parquet"),
        ("version https://git-lfs"u8.ToArray(), "a Git LFS pointer, not the data",
            "fetch the data with 'git lfs pull' or download the file"),
        ("<"u8.ToArray(), "a web page or XML, not a Parquet file", "download the file again"),
        ("{"u8.ToArray(), "JSON text, not a Parquet file", "name it .jsonl if it holds JSON lines"),
        ("["u8.ToArray(), "JSON text, not a Parquet file", "convert it to Parquet"),
    ];

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">It is no whole Parquet file.</exception>
    public static void Check(string path)
    {
        if (Directory.Exists(path))
            throw NotParquet(path, "a folder, not a Parquet file", "name one of the files in it");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such file; check the path", path);
        // Opening a pipe waits for somebody who writes to it.
        if (!FileIdentity.IsRegularFile(path))
            throw NotParquet(path, "a device or pipe, not a Parquet file", "give a file instead");
        using var file = File.OpenHandle(path);
        var size = RandomAccess.GetLength(file);
        Span<byte> head = stackalloc byte[32];
        Span<byte> tail = stackalloc byte[TrailerLength];
        head = head[..RandomAccess.Read(file, head, 0)];
        tail = tail[..RandomAccess.Read(file, tail, Math.Max(0, size - TrailerLength))];
        if (size == 0)
            throw ParquetFileException.Damaged(path, "an empty file, 0 bytes");
        foreach (var (prefix, what, remedy) in Others)
        {
            if (head.StartsWith(prefix))
                throw NotParquet(path, what, remedy);
        }
        CheckEnds(path, size, head, tail);
    }

    private static void CheckEnds(string path, long size, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        var starts = head.StartsWith("PAR1"u8);
        if (tail.EndsWith("PARE"u8))
            throw ParquetFileException.Encrypted(path, "an encrypted Parquet file");
        if (!starts && !tail.EndsWith("PAR1"u8))
        {
            throw NotParquet(
                path, "not a Parquet file, it neither begins nor ends with PAR1", "give a Parquet file instead");
        }
        if (!starts)
            throw ParquetFileException.Damaged(path, "its beginning is missing, the file does not begin with PAR1");
        if (!tail.EndsWith("PAR1"u8))
        {
            throw ParquetFileException.Damaged(
                path, "its footer is missing or cut off, the file does not end with PAR1");
        }
        if (size < SmallestFile)
            throw ParquetFileException.Damaged(path, $"too short for a Parquet file, {size} bytes without a footer");
        var footer = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (footer == 0)
            throw ParquetFileException.Damaged(path, "its footer is empty, of length 0");
        if (footer > size - SmallestFile)
        {
            throw ParquetFileException.Damaged(
                path, $"its footer length of {footer} bytes is beyond the file of {size} bytes");
        }
    }

    private static ParquetFileException NotParquet(string path, string reason, string remedy) =>
        new(ParquetFault.NotParquet, path, reason, remedy);
}
