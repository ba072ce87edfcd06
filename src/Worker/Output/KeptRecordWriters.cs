using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FineWebTorch.Worker.Output;

/// <summary>The records of the input as they were, byte by byte, each with its scores added.</summary>
internal abstract class KeptRecordWriter(Stream stream) : IScoreWriter
{
    private const int FlushBytes = 1 << 16;

    protected ArrayBufferWriter<byte> Buffer { get; } = new(FlushBytes + 1024);

    public void Write(in ScoredDocument document)
    {
        WriteRecord(document);
        if (Buffer.WrittenCount >= FlushBytes)
            Flush();
    }

    public void Flush()
    {
        stream.Write(Buffer.WrittenSpan);
        Buffer.ResetWrittenCount();
        stream.Flush();
    }

    public void Complete() => Flush();

    public void Dispose()
    {
    }

    protected abstract void WriteRecord(in ScoredDocument document);

    /// <summary>In the shortest form that reads back the same.</summary>
    protected void WriteNumber(float number)
    {
        const int longest = 32;
        Utf8Formatter.TryFormat(number, Buffer.GetSpan(longest), out var length);
        Buffer.Advance(length);
    }

    /// <inheritdoc cref="WriteNumber(float)"/>
    protected void WriteNumber(int number)
    {
        const int longest = 16;
        Utf8Formatter.TryFormat(number, Buffer.GetSpan(longest), out var length);
        Buffer.Advance(length);
    }
}

/// <summary>JSON objects, a line each.</summary>
internal sealed class KeptJsonWriter(Stream stream, string score, string intScore) : KeptRecordWriter(stream)
{
    private readonly byte[] _score = Key(score);
    private readonly byte[] _intScore = Key(intScore);

    protected override void WriteRecord(in ScoredDocument document)
    {
        // It ends with the object's bracket, and holds the text at least.
        Buffer.Write(document.Document.Original.AsSpan()[..^1]);
        Buffer.Write(_score);
        if (document.IntScore is { } rounded)
        {
            WriteNumber(document.Score);
            Buffer.Write(_intScore);
            WriteNumber(rounded);
        }
        else
        {
            Buffer.Write("null"u8);
            Buffer.Write(_intScore);
            Buffer.Write("null"u8);
        }

        Buffer.Write("}\n"u8);
    }

    private static byte[] Key(string name)
    {
        var encoded = JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return [.. ", \""u8, .. encoded.EncodedUtf8Bytes, .. "\": "u8];
    }
}

/// <summary>Comma-separated values; a score that there is none is empty.</summary>
internal sealed class KeptCsvWriter : KeptRecordWriter
{
    /// <param name="header">The input's.</param>
    public KeptCsvWriter(Stream stream, byte[] header, string score, string intScore)
        : base(stream)
    {
        Buffer.Write(header);
        Buffer.Write(Encoding.UTF8.GetBytes($",{Quoted(score)},{Quoted(intScore)}\n"));
    }

    protected override void WriteRecord(in ScoredDocument document)
    {
        Buffer.Write(document.Document.Original);
        Buffer.Write(","u8);
        if (document.IntScore is { } rounded)
        {
            WriteNumber(document.Score);
            Buffer.Write(","u8);
            WriteNumber(rounded);
        }
        else
            Buffer.Write(","u8);
        Buffer.Write("\n"u8);
    }

    private static string Quoted(string name) => name.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? name
        : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A Parquet file with all columns of the input: made when all scores are there, 4 bytes a row.</summary>
internal sealed class KeptParquetWriter(Action<IReadOnlyList<float>> write) : IScoreWriter
{
    private readonly List<float> _scores = [];

    public void Write(in ScoredDocument document) => _scores.Add(document.Score);

    public void Flush()
    {
    }

    public void Complete() => write(_scores);

    public void Dispose()
    {
    }
}
