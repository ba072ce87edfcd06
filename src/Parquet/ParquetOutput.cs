using System.Buffers.Binary;
using FineWebTorch.Parquet.Format;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;

namespace FineWebTorch.Parquet;

/// <summary>Writes a Parquet file. It is one only when <see cref="Complete"/> has returned.</summary>
internal sealed class ParquetOutput : IDisposable
{
    private const int ZstdLevel = 3;
    private const long PageBytes = 4 << 20;

    /// <summary>Values between two looks at a page's size: with the usual 1,024, texts of 3 MB took 6 GB.</summary>
    private const long ValuesBetweenChecks = 64;

    private const int TrailerLength = 8;

    private readonly OutputFile _file;
    private readonly ManagedOutputStream _stream;
    private readonly ParquetFileWriter _writer;

    /// <param name="file">Stays open.</param>
    /// <param name="texts">Top-level columns of long texts: no dictionary, no least and greatest value.</param>
    /// <param name="unordered">Leaf columns whose order the library does not know: no least and greatest value.</param>
    public ParquetOutput(
        OutputFile file, GroupNode schema, IEnumerable<string> texts, IEnumerable<string[]> unordered)
    {
        _file = file;
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).CompressionLevel(ZstdLevel).DataPagesize(PageBytes)
            .WriteBatchSize(ValuesBetweenChecks).EnablePageChecksum();
        foreach (var text in texts)
        {
            using var path = new ColumnPath([text]);
            builder.DisableDictionary(path).DisableStatistics(path);
        }
        foreach (var names in unordered)
        {
            using var path = new ColumnPath(names);
            builder.DisableStatistics(path);
        }
        using var properties = builder.Build();
        _stream = new ManagedOutputStream(file, leaveOpen: true);
        try
        {
            _writer = new ParquetFileWriter(_stream, schema, properties);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    public RowGroupWriter AppendRowGroup() => _writer.AppendRowGroup();

    /// <summary>Writes rows of a column of numbers, each of which may be missing.</summary>
    /// <param name="number">That of a row, by its index.</param>
    public static void WriteNumbers<T>(ColumnWriter writer, int rows, Func<int, T?> number)
        where T : unmanaged
    {
        var definitions = new short[rows];
        var values = new T[rows];
        var count = 0;
        for (var row = 0; row < rows; row++)
        {
            if (number(row) is not { } value)
                continue;
            definitions[row] = 1;
            values[count++] = value;
        }
        ((ColumnWriter<T>)writer).WriteBatch(rows, definitions, default, values.AsSpan(0, count));
    }

    /// <summary>Writes the footer.</summary>
    /// <param name="elements">See <see cref="FooterRewriter.Rewrite"/>.</param>
    public void Complete(
        IReadOnlyList<ReadOnlyMemory<byte>?> elements, IReadOnlyList<KeyValuePair<byte[], byte[]>> metadata)
    {
        _file.HoldBack();
        _writer.Close();
        ReadOnlySpan<byte> end = _file.TakeHeldBack();
        // Indexes of pages come before the footer, and its length after it.
        var trailer = end[^TrailerLength..].ToArray();
        var begin = end.Length - TrailerLength - BinaryPrimitives.ReadInt32LittleEndian(trailer);
        var footer = FooterRewriter.Rewrite(end[begin..^TrailerLength], elements, metadata);
        BinaryPrimitives.WriteInt32LittleEndian(trailer, footer.Length);
        _file.Write(end[..begin]);
        _file.Write(footer);
        _file.Write(trailer);
    }

    // A writer that was not closed writes a footer to whatever is there by then: to nothing.
    public void Dispose()
    {
        _file.HoldBack();
        try
        {
            _writer.Dispose();
        }
        finally
        {
            _stream.Dispose();
        }
    }
}
