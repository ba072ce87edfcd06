namespace FineWebTorch.Common.Tests;

public sealed class CoordinatorNoticeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string User => _folder.File("cache/coordinators");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_WhoseLockIsGone_IsNotFound()
    {
        using var notice = CoordinatorNotice.Of(new Uri("http://127.0.0.1:5090"), Run("a")).Leave(User);
        using (Lock("a"))
            Assert.Single(CoordinatorNotice.Find(_folder.Path, User));

        // As after kill -9: the notice is still there, the lock is not held.
        Assert.Empty(CoordinatorNotice.Find(_folder.Path, User));
        Assert.True(File.Exists(Path.Combine(Run("a"), CoordinatorNotice.FileName)));
    }

    [Fact]
    public void Find_InTheFolderAndAsTheUser_NamesEachOnceTheFolderFirst()
    {
        using var inFolder = Lock("a");
        using var elsewhere = Lock("b");
        var far = Directory.CreateDirectory(_folder.File("far")).FullName;
        using var first = CoordinatorNotice.Of(new Uri("http://127.0.0.1:1"), Run("b")).Leave(User);
        using var second = CoordinatorNotice.Of(new Uri("http://0.0.0.0:2"), Run("a")).Leave(User);

        var found = CoordinatorNotice.Find(Run("a"), User);
        Assert.Equal([new Uri("http://127.0.0.1:2"), new Uri("http://127.0.0.1:1")], found.Select(one => one.Reachable));
        Assert.Equal(2, CoordinatorNotice.Find(far, User).Count);
    }

    [Fact]
    public void Leave_WhereTheUsersFolderCannotBeMade_LeavesItInTheRunFolder()
    {
        using var locked = Lock("a");
        File.WriteAllText(_folder.File("cache"), "a file where a folder was to be");
        using var notice = CoordinatorNotice.Of(new Uri("http://127.0.0.1:5090"), Run("a")).Leave(User);

        Assert.Single(CoordinatorNotice.Find(_folder.Path, User));
    }

    [Fact]
    public void Leave_UsersOwn_CanBeReadByNobodyElse()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes");
            return;
        }

        using var notice = CoordinatorNotice.Of(new Uri("http://127.0.0.1:5090"), Run("a")).Leave(User);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Assert.Single(Directory.GetFiles(User))));
    }

    [Fact]
    public void Dispose_TakesBothAway()
    {
        CoordinatorNotice.Of(new Uri("http://127.0.0.1:5090"), Run("a")).Leave(User).Dispose();
        Assert.Empty(Directory.GetFiles(User));
        Assert.Empty(Directory.GetFiles(Run("a")));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5090", "http://127.0.0.1:5090", null)]
    [InlineData("http://0.0.0.0:5090", "http://127.0.0.1:5090", "http://elsewhere:5090")]
    [InlineData("http://[::]:5090", "http://[::1]:5090", "http://elsewhere:5090")]
    [InlineData("http://10.0.0.7:5090", "http://10.0.0.7:5090", "http://10.0.0.7:5090")]
    public void Reachable_DependsOnWhoAsks(string listens, string here, string? elsewhere)
    {
        var notice = CoordinatorNotice.Of(new Uri(listens), Run("a"));
        Assert.Equal(new Uri(here), notice.Reachable);
        Assert.Equal(elsewhere is null ? null : new Uri(elsewhere), (notice with { Host = "elsewhere" }).Reachable);
    }

    private string Run(string name) => Directory.CreateDirectory(_folder.File($"runs/{name}")).FullName;

    private FileStream Lock(string name) => new(
        Path.Combine(Run(name), "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}
