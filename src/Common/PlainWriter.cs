using System.Text;

namespace FineWebTorch.Common;

/// <summary>
/// Where a command writes its lines: what is in them of others, as names of files, is cleaned as <see cref="PlainText"/> has
/// it, so that each call is one line, whatever they hold.
/// </summary>
public sealed class PlainWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Of a line end; texts come as lines.</summary>
    public override void Write(char value) => inner.Write(value);

    public override void WriteLine(string? value) =>
        inner.WriteLine(value is null || PlainText.IsPlain(value) ? value : PlainText.Clean(value, int.MaxValue));

    public override void Flush() => inner.Flush();
}
