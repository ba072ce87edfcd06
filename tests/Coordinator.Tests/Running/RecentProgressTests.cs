using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Running;

public sealed class RecentProgressTests
{
    private readonly RecentProgress _progress = new();

    [Fact]
    public void Elsewhere_IsTheLastTimeOfAnotherFile()
    {
        _progress.Note(0, TimeSpan.FromSeconds(1));
        _progress.Note(1, TimeSpan.FromSeconds(2));
        _progress.Note(1, TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(3), _progress.Last);
        Assert.Equal(TimeSpan.FromSeconds(1), _progress.ElsewhereThan(1));
        Assert.Equal(TimeSpan.FromSeconds(3), _progress.ElsewhereThan(0));
        Assert.Equal(TimeSpan.FromSeconds(3), _progress.ElsewhereThan(2));
    }

    [Fact]
    public void Nothing_HasHappenedAtFirst_AndElsewhereNotWhileOneFileIsAlone()
    {
        Assert.False(_progress.Any);
        _progress.Note(0, TimeSpan.Zero);

        Assert.True(_progress.Any);
        Assert.Equal(TimeSpan.MinValue, _progress.ElsewhereThan(0));
    }
}
