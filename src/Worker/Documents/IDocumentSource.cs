using System.Text;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// The documents of one file in row order, a chunk of consecutive rows at a time. <see cref="Read"/> is called by one
/// thread; the accessors may be called by several at once between two reads. Indexes count from the chunk's first row.
/// </summary>
internal interface IDocumentSource : IDisposable
{
    /// <summary>Row number of the chunk's first document.</summary>
    long FirstRow { get; }

    /// <summary>Documents in the chunk.</summary>
    int Count { get; }

    /// <summary>Moves to the next chunk; false at the end of the file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    bool Read(CancellationToken cancellation);

    /// <summary>Why a document cannot be given to the model; None where it can.</summary>
    UnscorableReason FaultOf(int index);

    /// <summary>UTF-8, valid until the next <see cref="Read"/>; empty unless the document is scorable.</summary>
    ReadOnlySpan<byte> Text(int index);

    DocumentId? Id(int index);

    /// <summary>The record as it stands in the file; null where it is not kept.</summary>
    byte[]? Original(int index) => null;

    /// <summary>
    /// What has been read is to be scored before the next <see cref="Read"/>, which may have to wait for a sender or
    /// may fail. Never so for files of a run, whose windows are ranges of row numbers.
    /// </summary>
    bool EndsWindow => false;
}

/// <summary>An identifier that came with a document.</summary>
/// <param name="Text">As text.</param>
/// <param name="IsNumber">It was a JSON number, and is written as one again.</param>
internal readonly record struct DocumentId(string Text, bool IsNumber = false);

/// <summary>What a person wants to see beside a score.</summary>
/// <param name="FirstWords">The beginning of the text on one line.</param>
/// <param name="Original">See <see cref="IDocumentSource.Original"/>.</param>
internal readonly record struct DocumentExcerpt(DocumentId? Id, string? FirstWords, byte[]? Original = null)
{
    private const int MaxBytes = 400;

    public static DocumentExcerpt Of(IDocumentSource source, int index) => new(
        source.Id(index),
        source.FaultOf(index) == UnscorableReason.None ? OneLine(source.Text(index)) : null,
        source.Original(index));

    private static string OneLine(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxBytes)]);
        // The cut may go through a character
        if (utf8.Length > MaxBytes)
            text = text.TrimEnd('\uFFFD');
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c) && !char.IsControl(c))
                line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }

        return line.ToString().TrimEnd();
    }
}
