namespace FineWebTorch.Hub.Tests;

/// <summary>A publication of several commits: every file in one of them, and what holds for the first alone.</summary>
public sealed class CommitPlanTests
{
    private static readonly CommitOperation Card = new CommitOperation.AddFile("README.md", [1]);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 2, 2)]
    [InlineData(5, 2, 3)]
    [InlineData(7, 3, 3)]
    public void Split_AnyNumberOfShards_HasEachWithItsManifestOnce(int shards, int perCommit, int commits)
    {
        var plan = CommitPlan.Split(
            Request([.. Enumerable.Range(0, shards).Reverse().SelectMany(i => new CommitOperation[] { Manifest(i), Shard(i) })]),
            Card, perCommit);

        Assert.Equal(commits, plan.Count);
        for (var part = 0; part < commits; part++)
        {
            var here = Enumerable.Range(part * perCommit, Math.Min(perCommit, shards - (part * perCommit))).ToList();
            string[] last = part == commits - 1 ? ["README.md"] : [];
            Assert.Equal(
                [.. here.Select(i => Shard(i).Path), .. here.Select(i => Manifest(i).Path), .. last],
                plan[part].Operations.Select(operation => operation.Path));
        }
    }

    [Fact]
    public void Split_MoreSmallFilesThanShards_LosesNeither()
    {
        var plan = CommitPlan.Split(Request(Shard(0), Manifest(0), Manifest(1), Manifest(2)), last: null, 1);

        Assert.Equal(
            [[Shard(0).Path, Manifest(0).Path], [Manifest(1).Path], [Manifest(2).Path]],
            plan.Select(part => part.Operations.Select(operation => operation.Path)));
    }

    [Fact]
    public void Split_Parts_AreNumberedAndOnlyTheFirstNamesAParentAndOpensAPullRequest()
    {
        var request = Request(Shard(0), Shard(1), Shard(2)) with { ParentCommit = "abc", CreatePullRequest = true };

        var plan = CommitPlan.Split(request, Card, 1);

        Assert.Equal(["abc", null, null], plan.Select(part => part.ParentCommit));
        Assert.Equal([true, false, false], plan.Select(part => part.CreatePullRequest));
        Assert.Equal(
            ["Scores (part 00001 of 00003)", "Scores (part 00002 of 00003)", "Scores (part 00003 of 00003)"],
            plan.Select(part => part.Summary));
    }

    [Fact]
    public void Split_OneCommit_IsTheRequestAsItWas()
    {
        var request = Request(Shard(0), Shard(1)) with { ParentCommit = "abc", CreatePullRequest = true };

        var only = Assert.Single(CommitPlan.Split(request, Card, 2));

        Assert.Equal(("abc", true, "Scores"), (only.ParentCommit, only.CreatePullRequest, only.Summary));
        Assert.Equal([Shard(0), Shard(1), Card], only.Operations);
    }

    [Fact]
    public void Split_Deletions_ComeWithTheLastPartAndFoldersFirst()
    {
        var folder = new CommitOperation.DeleteFolder("old");
        var file = new CommitOperation.DeleteFile("gone.txt");

        Assert.Equal(
            [folder, Shard(0), file, Card], Assert.Single(CommitPlan.Split(Request(file, folder, Shard(0)), Card)).Operations);
        Assert.Equal([Card], Assert.Single(CommitPlan.Split(Request(), Card)).Operations);
        Assert.Equal(
            [[Shard(0)], [Shard(1), file]],
            CommitPlan.Split(Request(file, Shard(1), Shard(0)), last: null, 1).Select(part => part.Operations));
        Assert.Throws<ArgumentOutOfRangeException>(() => CommitPlan.Split(Request(Shard(0)), Card, 0));
    }

    private static CommitOperation.AddLfsFile Shard(int i) => new($"data/{i}.parquet", ServerFiles.Sha256([(byte)i]), 1);

    private static CommitOperation.AddFile Manifest(int i) => Manifests[i];

    private static readonly CommitOperation.AddFile[] Manifests =
        [.. Enumerable.Range(0, 9).Select(i => new CommitOperation.AddFile($"manifests/{i}.json", [(byte)i]))];

    private static CommitRequest Request(params CommitOperation[] operations) => new()
    {
        Repository = EmulatedHub.Repository,
        Summary = "Scores",
        Operations = operations,
    };
}
