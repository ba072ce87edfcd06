namespace FineWebTorch.Parquet;

/// <summary>
/// Streams a string column in file order, at most 2,048 rows at a time, without copying texts.
/// For one thread; the spans of a chunk are native memory, valid until the next <see cref="Read"/>.
/// </summary>
public sealed class TextColumnReader : IDisposable
{
    /// <param name="path">A local file.</param>
    /// <param name="textColumn">The exact name of a string column.</param>
    /// <param name="firstRow">The row to begin with, at most the file's row count.</param>
    /// <param name="idColumn">A string or integer column to read beside it.</param>
    /// <exception cref="ParquetFileException">The file or its columns cannot be used.</exception>
    public static TextColumnReader Open(string path, string textColumn, long firstRow = 0, string? idColumn = null)
        => throw new NotImplementedException(path + textColumn + firstRow + idColumn);

    /// <summary>Rows in the current chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Row number in the file of the current chunk's first row.</summary>
    public long FirstRow { get; private set; }

    /// <summary>Rows in the file.</summary>
    public long TotalRows { get; private set; }

    /// <summary>Goes to the next chunk; false at the end, after checking that every row came.</summary>
    /// <exception cref="ParquetFileException">A page is damaged or a string is not UTF-8.</exception>
    /// <exception cref="OperationCanceledException">The reader is of no more use.</exception>
    public bool Read(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public bool IsNull(int i) => throw new NotImplementedException();

    /// <summary>The UTF-8 of row <see cref="FirstRow"/> + i; empty for a NULL.</summary>
    public ReadOnlySpan<byte> Text(int i) => throw new NotImplementedException();

    /// <summary>The id, integers in decimal; null for a NULL or where no id column was asked for.</summary>
    public string? Id(int i) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
