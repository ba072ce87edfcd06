namespace FineWebTorch.Common.Tests;

public sealed class LaunchersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LaunchersTests()
    {
        Directory.CreateDirectory(_folder.File(Path.Combine("tree", "artifacts", "bin", "Worker", "release")));
        Directory.CreateDirectory(_folder.File(Path.Combine("tree", "bin")));
        File.WriteAllText(_folder.File(Path.Combine("tree", "bin", "worker")), "");
    }

    private string Program => _folder.File(Path.Combine("tree", "artifacts", "bin", "Worker", "release"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_InTheTreeThatWasBuilt_IsRelativeToTheCurrentFolder() =>
        Assert.Equal(Path.Combine("bin", "worker"), Launchers.Of("worker", Program, _folder.File("tree")));

    [Fact]
    public void Of_InTheFolderOfTheLauncher_NamesTheFolder() =>
        Assert.Equal(Path.Combine(".", "worker"), Launchers.Of("worker", Program, _folder.File(Path.Combine("tree", "bin"))));

    [Fact]
    public void Of_SomewhereElse_IsAbsolute() =>
        Assert.Equal(_folder.File(Path.Combine("tree", "bin", "worker")), Launchers.Of("worker", Program, _folder.File("elsewhere")));

    [Fact]
    public void Of_AToolOfDotnet_IsItsCommand_WhateverLiesAbove()
    {
        File.WriteAllText(Path.Combine(Program, "DotnetToolSettings.xml"), "");
        Assert.Equal("fineweb-worker", Launchers.Of("worker", Program, _folder.File("tree")));
    }

    [Fact]
    public void Of_NoLauncher_IsTheProgramBesideThisOneOrItsNameAlone()
    {
        Directory.CreateDirectory(_folder.File("published"));
        Assert.Equal("worker", Launchers.Of("worker", _folder.File("published"), _folder.File("published")));
        File.WriteAllText(_folder.File(Path.Combine("published", "worker")), "");
        Assert.Equal(
            Path.Combine(".", "worker"), Launchers.Of("worker", _folder.File("published"), _folder.File("published")));
    }
}
