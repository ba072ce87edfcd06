using System.Diagnostics;

namespace FineWebTorch.Common.Tests;

public sealed class FileIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public FileIdentityTests() => _file = _folder.Write("a.parquet", "content");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Same_OtherSpellings_AreTheSame()
    {
        Assert.True(FileIdentity.Same(_file, _folder.File("x/../a.parquet")));
        Assert.True(FileIdentity.Same(_folder.Path, _folder.Path + Path.DirectorySeparatorChar));
        Assert.True(FileIdentity.Same(_file, Path.GetRelativePath(Environment.CurrentDirectory, _file)));
    }

    [Fact]
    public void Same_Links_AreTheSame()
    {
        File.CreateSymbolicLink(_folder.File("link"), _file);
        Directory.CreateSymbolicLink(_folder.File("folder"), _folder.Path);

        Assert.True(FileIdentity.Same(_file, _folder.File("link")));
        Assert.True(FileIdentity.Same(_file, _folder.File("folder/folder/link")));
        Assert.Equal(FileIdentity.RealPath(_file), FileIdentity.RealPath(_folder.File("folder/link")));
    }

    [Fact]
    public void Same_HardLink_IsTheSame()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs numbers of files");
        using var ln = Process.Start("ln", [_file, _folder.File("hard")]);
        ln.WaitForExit();

        Assert.True(FileIdentity.Same(_file, _folder.File("hard")));
    }

    [Fact]
    public void Same_EqualContentOrNothingThere_IsNotTheSame()
    {
        Assert.False(FileIdentity.Same(_file, _folder.Write("b.parquet", "content")));
        Assert.False(FileIdentity.Same(_folder.File("nothing"), _folder.File("nothing")));
        Assert.Null(FileIdentity.Of(_folder.File("nothing")));
    }
}
