using System.Text;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>What a person wants to see beside a score.</summary>
/// <param name="FirstWords">The beginning of the text on one line.</param>
internal readonly record struct DocumentExcerpt(DocumentId? Id, string? FirstWords)
{
    private const int MaxBytes = 400;

    public static DocumentExcerpt Of(IDocumentSource source, int index) => new(
        source.Id(index),
        source.FaultOf(index) == UnscorableReason.None ? OneLine(source.Text(index)) : null);

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
