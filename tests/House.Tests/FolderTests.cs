namespace FineWebTorch.House.Tests;

/// <summary>The folders show the architecture: what two of them need stands in a third one below both.</summary>
public sealed class FolderTests
{
    public static TheoryData<string> Projects =>
        [.. Directory.GetDirectories(SourceProject.Root).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_OfAProject_FormNoCircle(string project)
    {
        var uses = new SourceProject(project).Uses();
        var circles = Circles.Among(uses.Keys)
            .Select(circle => string.Join(" <-> ", circle) + ":\n" + string.Join(
                '\n', uses.Where(use => circle.Contains(use.Key.From) && circle.Contains(use.Key.To))
                    .Select(use => $"  {use.Key.From} -> {use.Key.To}: {use.Value}")));

        Assert.Equal("", string.Join('\n', circles));
    }

    [Fact]
    public void Circles_OfAGraph_AreItsFoldersThatReachEachOther()
    {
        Assert.Empty(Circles.Among([("a", "b"), ("b", "c"), ("a", "c")]));
        Assert.Equal([["a", "b", "c"]], Circles.Among([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]));
        Assert.Equal([["a", "b"], ["c", "d"]], Circles.Among([("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")]));
    }

    [Fact]
    public void Uses_OfAProject_AreFound()
    {
        // A check that sees nothing would pass: the programs' commands use what stands beside them.
        Assert.Contains(new SourceProject("Worker").Uses().Keys, use => use.From == "Commands");
        Assert.Contains(new SourceProject("Coordinator").Uses().Keys, use => use.From == "Commands");
    }
}
