namespace FineWebTorch.Hub.Tests;

public sealed class ModelLocatorTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private readonly string _home = Directory.CreateTempSubdirectory("hub-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("HF_HUB_CACHE", "")]
    [InlineData("HF_HOME", "hub")]
    [InlineData("XDG_CACHE_HOME", "huggingface/hub")]
    [InlineData("HOME", ".cache/huggingface/hub")]
    public void Locate_ModelInCache_FindsItAsTheOfficialToolsDo(string variable, string below)
    {
        var snapshot = MakeSnapshot(Path.Combine(_home, below));
        var model = ModelLocator.Locate("owner/name", Cache((variable, _home)));
        Assert.Equal(new LocatedModel("owner/name", Commit, snapshot), model);
    }

    [Fact]
    public void Locate_VariableSetEmpty_CountsAsNotSet() =>
        Assert.Equal(
            Path.Combine(_home, ".cache/huggingface/hub"), Cache(("HF_HUB_CACHE", ""), ("HOME", _home)).Folder);

    [Fact]
    public void Locate_RevisionByCommit_NeedsNoReference()
    {
        MakeSnapshot(_home);
        var model = ModelLocator.Locate($"owner/name@{Commit}", Cache(("HF_HUB_CACHE", _home)));
        Assert.Equal(Commit, model.Revision);
    }

    [Fact]
    public void Locate_NotInCache_SaysHowToGetIt()
    {
        var error = Assert.Throws<DirectoryNotFoundException>(
            () => ModelLocator.Locate(ModelLocator.DefaultModel, Cache(("HF_HUB_CACHE", _home))));
        Assert.Contains("hf download HuggingFaceFW/fineweb-edu-classifier", error.Message, StringComparison.Ordinal);
        Assert.Contains(_home, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("owner/../name")]
    [InlineData("owner/name@../../x")]
    [InlineData("owner/na--me")]
    [InlineData("nowhere")]
    public void Locate_NeitherFolderNorRepository_IsRefused(string name)
    {
        var error = Assert.Throws<DirectoryNotFoundException>(
            () => ModelLocator.Locate(name, Cache(("HF_HUB_CACHE", _home))));
        Assert.Contains($"model '{name}': no such folder", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edu-tinyy", "did you mean", "edu-tiny?")]
    [InlineData("nothing-like-it", "no such folder", "or owner/name for one on the Hub")]
    [InlineData("notes.txt", "this is a file", "give the folder")]
    public void Demand_PathOfNoFolder_SaysWhatMayHaveBeenMeant(string name, string fault, string hint)
    {
        Directory.CreateDirectory(Path.Combine(_home, "edu-tiny"));
        File.WriteAllText(Path.Combine(_home, "notes.txt"), "");

        var error = Assert.Throws<DirectoryNotFoundException>(() => ModelLocator.Demand(Path.Combine(_home, name)));

        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Demand_OwnerIsAFolderHere_IsRefusedUnlessTheCacheHasIt()
    {
        var owner = "owner-" + Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(owner);
        try
        {
            var error = Assert.Throws<DirectoryNotFoundException>(
                () => ModelLocator.Demand($"{owner}/name", Cache(("HF_HUB_CACHE", _home))));
            Assert.Contains($"hf://{owner}/name means the Hub's", error.Message, StringComparison.Ordinal);
            MakeSnapshot(_home, $"models--{owner}--name");
            ModelLocator.Demand($"{owner}/name", Cache(("HF_HUB_CACHE", _home)));
        }
        finally
        {
            Directory.Delete(owner);
        }
    }

    [Theory]
    [InlineData("owner/name")]
    [InlineData("hf://models/weights/edu-tiny")]
    public void Demand_NameOnTheHub_IsLeftToTheHub(string name) =>
        ModelLocator.Demand(name, Cache(("HF_HUB_CACHE", _home)));

    [Fact]
    public void Locate_Folder_IsTakenAsItIs() =>
        Assert.Equal(new LocatedModel(_home, null, _home), ModelLocator.Locate(_home, Cache()));

    private static string MakeSnapshot(string cache, string name = "models--owner--name")
    {
        var repository = Path.Combine(cache, name);
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), Commit + "\n");
        return Directory.CreateDirectory(Path.Combine(repository, "snapshots", Commit)).FullName;
    }

    private static HubCache Cache(params (string Name, string Value)[] environment) =>
        new(name => environment.FirstOrDefault(variable => variable.Name == name).Value);
}
