using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Parquet.Format;

/// <summary>What stands before a page (parquet.thrift, PageHeader).</summary>
/// <param name="Values">Levels of a data page, entries of a dictionary.</param>
internal readonly record struct PageHeader(bool IsDictionary, int UncompressedSize, int CompressedSize, int Values)
{
    /// <summary>Where in the file the page itself begins: its compressed bytes.</summary>
    public long Position { get; init; }

    /// <summary>CRC-32 of those bytes, where the writer has left one.</summary>
    public uint? Checksum { get; init; }

    private const int DictionaryPage = 2;

    /// <summary>Statistics in it may quote whole values.</summary>
    private const int LargestHeader = 16 << 20;

    private const int UsualHeader = 256;

    /// <summary>Pages of a chunk without a value: dictionaries, indexes. More than these are nobody's.</summary>
    private const int MostWithoutValues = 1000;

    /// <summary>The headers of a column chunk's pages, in order; the pages themselves are passed over.</summary>
    /// <exception cref="FormatException">A header is damaged or a page is not in the file.</exception>
    public static IEnumerable<PageHeader> Of(SafeFileHandle file, ColumnChunk chunk)
    {
        var size = RandomAccess.GetLength(file);
        var position = chunk.Offset;
        var withoutValues = 0;
        // Some writers leave headers out of the chunk's size, so its end is where all values have been seen.
        for (var left = chunk.Values; left > 0;)
        {
            var (header, length) = Read(file, position, size);
            header = header with { Position = position + length };
            position = header.Position + header.CompressedSize;
            if (header.CompressedSize < 0 || header.UncompressedSize < 0 || header.Values < 0 || position > size)
                throw Damaged();
            if ((header.IsDictionary || header.Values == 0) && ++withoutValues > MostWithoutValues)
                throw Damaged();
            left -= header.IsDictionary ? 0 : header.Values;
            yield return header;
        }
    }

    private static (PageHeader Header, int Length) Read(SafeFileHandle file, long position, long size)
    {
        if (position < 0 || position >= size)
            throw Damaged();
        for (var guess = UsualHeader; ; guess *= 16)
        {
            var bytes = new byte[Math.Min(guess, size - position)];
            RandomAccess.Read(file, bytes, position);
            try
            {
                return Parse(bytes);
            }
            catch (FormatException) when (guess < LargestHeader && bytes.Length == guess)
            {
                // It may only be longer than was read.
            }
        }
    }

    private static (PageHeader Header, int Length) Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new ThriftReader(bytes);
        var header = default(PageHeader);
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1: header = header with { IsDictionary = reader.Int32(type) == DictionaryPage }; break;
                case 2: header = header with { UncompressedSize = reader.Int32(type) }; break;
                case 3: header = header with { CompressedSize = reader.Int32(type) }; break;
                case 4: header = header with { Checksum = (uint)reader.Int32(type) }; break;
                // Of a data page, a dictionary page and a data page of version 2: the first field of each is the count.
                case 5 or 7 or 8: header = header with { Values = ReadCount(ref reader, type) }; break;
                default: reader.Skip(type); break;
            }
        }
        return (header, reader.Position);
    }

    private static int ReadCount(ref ThriftReader reader, ThriftType kind)
    {
        ThriftReader.ExpectStruct(kind);
        var count = 0;
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            if (id == 1)
                count = reader.Int32(type);
            else
                reader.Skip(type);
        }
        return count;
    }

    private static FormatException Damaged() => new("a page's header is damaged");
}
