using FineWebTorch.Worker.Commands;
using FineWebTorch.Worker.Session;

namespace FineWebTorch.Worker.Tests.Commands;

public sealed class ConsoleLogTests
{
    [Fact]
    public void Line_WithWhatACoordinatorSaid_IsOneAndMovesNoCursor()
    {
        using var output = new StringWriter();
        var log = new ConsoleLog(output, TimeProvider.System);

        log.NotNow("\u001b]0;title\u0007\n\u202elater" + new string('x', 100_000));

        var line = output.ToString().TrimEnd();
        Assert.Contains("no use for this worker now: ?]0;title???laterxxx", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.InRange(line.Length, 5_000, 10_000);
    }
}
