using System.IO.Compression;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Little data of which a codec makes much.</summary>
internal static class Bombs
{
    private const int Mebibyte = 1 << 20;

    /// <summary>Data that unfold to at least 64 MiB.</summary>
    public static byte[] Of(string format) => format switch
    {
        "snappy" => Snappy(64 * Mebibyte),
        "zstd" => Zstandard(blocks: 32 << 10),
        "lz4" => Lz4(256 * Mebibyte),
        _ => Packed(format, new byte[64 * Mebibyte]),
    };

    public static byte[] Packed(string format, byte[] page)
    {
        using var packed = new MemoryStream();
        using (Stream stream = format == "gzip"
            ? new GZipStream(packed, CompressionLevel.Fastest) : new BrotliStream(packed, CompressionLevel.Fastest))
            stream.Write(page);
        return packed.ToArray();
    }

    /// <summary>A length, a letter, and copies of 64 bytes from one byte before.</summary>
    private static byte[] Snappy(int size)
    {
        var packed = new List<byte>();
        for (var left = (uint)size; ; left >>= 7)
        {
            packed.Add((byte)(left > 0x7f ? left | 0x80 : left));
            if (left <= 0x7f)
                break;
        }
        packed.AddRange([0, (byte)'a']);
        for (var done = 1; done < size; done += 64)
            packed.AddRange([(63 << 2) | 2, 1, 0]);
        return [.. packed];
    }

    /// <summary>A frame of blocks that repeat one letter 131,072 times: 4 GiB of 128 KiB.</summary>
    private static byte[] Zstandard(int blocks)
    {
        const int RunLength = 1;
        const int BlockSize = 128 << 10;
        var packed = new List<byte> { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50 };
        for (var block = 0; block < blocks; block++)
        {
            var header = (BlockSize << 3) | (RunLength << 1) | (block == blocks - 1 ? 1 : 0);
            packed.AddRange([(byte)header, (byte)(header >> 8), (byte)(header >> 16), (byte)'a']);
        }
        return [.. packed];
    }

    /// <summary>One letter, a match as long as is asked for, and the last letters that every block ends with.</summary>
    private static byte[] Lz4(int size) =>
        [0x1f, (byte)'a', 1, 0, .. Enumerable.Repeat((byte)255, size / 255), 0, 0x50, .. "aaaaa"u8];
}
