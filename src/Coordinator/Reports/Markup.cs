using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>
/// HTML, written as an interpolated string: what stands in the source is markup, whatever is filled in is text and
/// escaped, but for other markup.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct Markup(int literalLength, int formattedCount)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

    public static Markup None => $"";

    public void AppendLiteral(string markup) => _text.Append(markup);

    public void AppendFormatted(string? text) => _text.Append(Encoder.Encode(text ?? ""));

    public void AppendFormatted(long number) => _text.Append(number);

    /// <summary>Of a drawing: two decimals at most.</summary>
    public void AppendFormatted(double number) =>
        _text.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

    public void AppendFormatted(Markup part) => _text.Append(part._text);

    public void AppendFormatted(IEnumerable<Markup> parts)
    {
        foreach (var part in parts)
            AppendFormatted(part);
    }

    public override string ToString() => _text.ToString();
}
