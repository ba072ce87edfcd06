namespace FineWebTorch.Common.Tests;

public class TerminationSignalsTests
{
    [Fact]
    public void Receive_FirstSignal_CancelsAndDoesNotEnd()
    {
        var ended = new List<int>();
        using var signals = new TerminationSignals(ended.Add);
        signals.Receive();
        Assert.True(signals.Token.IsCancellationRequested);
        Assert.Empty(ended);
    }

    [Fact]
    public void Receive_SecondSignal_EndsAtOnce()
    {
        var ended = new List<int>();
        using var signals = new TerminationSignals(ended.Add);
        signals.Receive();
        signals.Receive();
        Assert.Equal([ExitCode.Interrupted], ended);
    }

    [Fact]
    public void Notice_AnyNumberOfThemBesideASignal_AsksForAnOrderlyEndAlone()
    {
        var ended = new List<int>();
        using var signals = new TerminationSignals(ended.Add);
        signals.Notice();
        Assert.True(signals.Token.IsCancellationRequested);
        signals.Notice();
        signals.Receive();
        signals.Notice();
        Assert.Empty(ended);
    }
}
